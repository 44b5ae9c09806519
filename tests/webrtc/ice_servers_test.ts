import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import type { IceServer } from "../../src/core/peer.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { recordsOf } from "../support/warnings.ts";
import { hangUp, until } from "./call.ts";
import { createClient, delay } from "./client.ts";
import { BEHIND_RELAY, turnServer } from "./turn_server.ts";

/** What is logged while something happens. */
async function logged(act: () => Promise<void>): Promise<string[]> {
  const records = await recordsOf("info", act);
  const text = ({ properties: { url, reason } }: LogRecord) => `${url}: ${reason}`;
  return records.filter(({ rawMessage }) => String(rawMessage).includes("ICE server")).map(text);
}

/** Answers one offer with some servers, and ends the call. */
async function answered(peers: ReturnType<typeof weriftPeers>) {
  const client = await createClient();
  const offer = await client.offer();
  const start = performance.now();
  const { peer, sdp } = await peers.answer("pc_1", offer);
  const elapsedMs = performance.now() - start;
  await hangUp(peer, client);
  return { types: new Set([...sdp.matchAll(/ typ (\w+)/g)].map(([, type]) => type)), elapsedMs };
}

const login = { username: "u", credential: "p" };
const turn = (port: number, more: Partial<IceServer> = login): IceServer => ({
  urls: [`turn:127.0.0.1:${port}`],
  ...more,
});

Deno.test("the second STUN server serves where the first is silent, which is logged once", async () => {
  await using silent = await turnServer({ silent: true });
  await using good = await turnServer();
  const urls = [`stun:127.0.0.1:${silent.port}`, `stun:127.0.0.1:${good.port}`];
  const peers = weriftPeers({ iceServers: urls.map((url) => ({ urls: [url] })) });
  await peers.prepare?.();

  const lines = await logged(async () => {
    const first = await answered(peers);
    assert.ok(first.types.has("srflx"));
    assert.ok(first.elapsedMs > 400 && first.elapsedMs < 1000, `${first.elapsedMs} ms`);
    const second = await answered(peers);
    assert.ok(second.types.has("srflx"));
    assert.ok(second.elapsedMs < 400, `${second.elapsedMs} ms: nobody waits for it again`);
  });

  assert.deepEqual(lines, [`${urls[0]}: it did not answer within 500 ms`]);
  assert.ok(silent.asked.stun > 1);
});

Deno.test("all URLs of all servers are asked, and one that cannot be used is logged without its login", async () => {
  await using good = await turnServer();
  await using strict = await turnServer({ password: "another" });
  const peers = weriftPeers({
    iceServers: [
      turn(strict.port, { username: "u", credential: "hunter2" }),
      turn(strict.port, {}),
      { urls: ["turn:127.0.0.1:9?transport=carrier-pigeon"], ...login },
      { urls: ["turn:u:hunter2@127.0.0.1:1?transport=tcp"], ...login },
      {
        urls: ["turn:127.0.0.1:1?transport=tcp", `turn:127.0.0.1:${good.port}?transport=udp`],
        ...login,
      },
    ],
  });

  const lines = await logged(async () => {
    const { types } = await answered(peers);
    assert.ok(types.has("relay"));
  });

  assert.equal(lines.length, 5, lines.join("\n"));
  const all = lines.sort().join("\n");
  assert.match(all, /401/);
  assert.match(all, /no place for a login/);
  assert.match(all, /needs a username and a credential/);
  assert.match(all, /RFC 7065/);
  assert.doesNotMatch(all, /hunter2/);
});

Deno.test("a server that works again is waited for again", async () => {
  const options = { silent: true };
  await using server = await turnServer(options);
  const peers = weriftPeers({ iceServers: [turn(server.port)] });
  await peers.prepare?.();

  const lines = await logged(async () => {
    assert.ok(!(await answered(peers)).types.has("relay"));
    options.silent = false;
    const client = await createClient();
    const { peer } = await peers.answer("pc_1", await client.offer()); // without waiting for it
    await until(() => server.relays.size === 1);
    await delay(0);
    await hangUp(peer, client);
    assert.ok((await answered(peers)).types.has("relay"));
    options.silent = true;
    await answered(peers);
  });

  const url = `turn:127.0.0.1:${server.port}`;
  const silent = `${url}: it did not answer within 500 ms`;
  assert.deepEqual(lines, [silent, `${url}: undefined`, silent]); // the one between: it works
});

Deno.test("a function tells the servers of each offer, and a login that fails is logged once", async () => {
  await using server = await turnServer({ password: "of today" });
  let credential = "of yesterday";
  const peers = weriftPeers({
    iceServers: () => Promise.resolve([turn(server.port, { username: "u", credential })]),
  });
  await peers.prepare?.();

  const lines = await logged(async () => {
    assert.ok(!(await answered(peers)).types.has("relay"));
    assert.ok(!(await answered(peers)).types.has("relay"));
    credential = "of today";
    const client = await createClient();
    const { peer } = await peers.answer("pc_1", await client.offer()); // without waiting for it
    await until(() => server.relays.size === 1);
    await delay(0);
    await hangUp(peer, client);
    assert.ok((await answered(peers)).types.has("relay"));
  });

  assert.equal(lines.length, 2, lines.join("\n"));
  assert.match(lines[0] ?? "", /401/);
  assert.match(lines[1] ?? "", /undefined$/); // it can be used again
});

Deno.test("a call goes through a relay alone, whose nonce changes, and gives it back", async () => {
  await using server = await turnServer();
  const client = await createClient();
  const offer = await client.offer();
  const peers = weriftPeers({ iceServers: [turn(server.port)] });
  const hidden = offer.replace(/^(a=candidate:\S+ 1 udp \d+) \d+\.\S+/gm, `$1 ${BEHIND_RELAY}`);
  const { peer, sdp } = await peers.answer("pc_1", hidden);
  assert.equal(server.relays.size, 1);
  server.changeNonce();
  const relayed = sdp.replace(/^a=candidate:.* typ (?!relay).*\r\n/gm, "");
  assert.match(relayed, /typ relay/);

  await client.accept(relayed);
  await client.connected();
  await peer.ready;
  const came = Promise.withResolvers<unknown>();
  peer.intercept((data) => (came.resolve(data), true));
  client.channel?.send(JSON.stringify("to the bot"));
  assert.equal(await came.promise, "to the bot");
  await hangUp(peer, client);

  await until(() => server.relays.size === 0);
});

Deno.test("a call that ends while a server is still asked leaves nothing behind", async () => {
  await using silent = await turnServer({ silent: true });
  const peers = weriftPeers({
    iceServers: [turn(silent.port), { urls: [`stun:127.0.0.1:${silent.port}`] }],
  });

  await answered(peers); // Deno looks for what is left

  assert.ok(silent.asked.stun > 0 && silent.asked.turn > 0);
});
