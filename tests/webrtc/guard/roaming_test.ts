/**
 * The client changes the path of a call, or loses it.
 */
import assert from "node:assert/strict";
import type { Peer } from "../../../src/core/peer.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { hangUp, until } from "../call.ts";
import { createClient, delay } from "../client.ts";
import { iceSession, openRelay, secondPath } from "./second_path.ts";

/** Lets the bot of a peer speak until the call is over. */
function speak(peer: Peer): void {
  const samples = Int16Array.from({ length: 960 }, (_, i) => 8000 * Math.sin(i / 8));
  const writer = peer.writable.getWriter();
  let over = false;
  void peer.closed.then(() => over = true);
  const write = async () => {
    while (!over) await writer.write({ type: "audio", samples, sampleRate: 48_000, channels: 1 });
  };
  write().catch(() => {}); // the call is over
}

Deno.test("a nomination from a new address moves the bot's audio there, and the next one back", async () => {
  const client = await createClient();
  const offer = await client.offer();
  const { peer, sdp } = await weriftPeers({ udpPort: 0 }).answer("pc_1", offer);
  await client.accept(sdp);
  await client.connected();
  await peer.ready;
  speak(peer);
  await until(() => client.packets.length > 60); // longer than all pairs are nominated at first
  await using elsewhere = await secondPath(iceSession(offer, sdp));

  elsewhere.check({ nominate: true });
  await until(() => elsewhere.media.length > 10);
  const heard = client.packets.length;
  await until(() => elsewhere.media.length > 30);
  assert.ok(client.packets.length <= heard + 2, "and nowhere else");
  await using back = await secondPath(iceSession(offer, sdp));
  back.check({ nominate: true });
  await until(() => back.media.length > 10);

  await hangUp(peer, client);
});

Deno.test("a new address that only checks is answered, and the audio stays where it is", async () => {
  const client = await createClient();
  const offer = await client.offer();
  const { peer, sdp } = await weriftPeers({ udpPort: 0 }).answer("pc_1", offer);
  await client.accept(sdp);
  await client.connected();
  await peer.ready;
  speak(peer);
  await using elsewhere = await secondPath(iceSession(offer, sdp));

  elsewhere.check();
  await until(() => elsewhere.stun.some(({ kind }) => kind === "success"));
  const before = client.packets.length;
  await until(() => client.packets.length > before + 20);

  assert.deepEqual(elsewhere.media, []);
  await hangUp(peer, client);
});

Deno.test("when the path in use is cut, the bot is heard on another within a second", async () => {
  const client = await createClient();
  const offer = await client.offer();
  const withoutCandidates = offer.replace(/^a=candidate:.*\r\n/gm, "");
  const { peer, sdp } = await weriftPeers({ udpPort: 0 }).answer("pc_1", withoutCandidates);
  const session = iceSession(offer, sdp);
  await using relay = await openRelay(session.host, session.port);
  const through = `a=candidate:1 1 udp 2130706431 ${session.host} ${relay.port} typ host\r\n`;
  await client.accept(sdp.replace(/(^a=candidate:.*\r\n)+/m, through));
  await client.connected();
  await peer.ready;
  speak(peer);
  const speaking = setInterval(() => client.send(new Uint8Array(20)), 20);
  await using other = await secondPath(session);
  other.check();
  await until(() => relay.passed.down > 50 && relay.passed.up > 50);
  assert.deepEqual(other.media, []);

  relay.open = false;
  const cutAt = performance.now();
  await until(() => other.media.length > 0);
  const gapMs = performance.now() - cutAt;
  relay.open = true;
  const before = relay.passed.down;
  await until(() => relay.passed.down > before + 20); // where the client goes on to speak

  clearInterval(speaking);
  assert.ok(gapMs < 1000, `${gapMs} ms`);
  await hangUp(peer, client);
});

Deno.test("a client that restarts ICE hears the bot all the while", async () => {
  const client = await createClient();
  const { peer, sdp } = await weriftPeers({ udpPort: 0 }).answer("pc_1", await client.offer());
  await client.accept(sdp);
  await client.connected();
  await peer.ready;
  speak(peer);
  await until(() => client.packets.length > 20);

  client.pc.restartIce();
  const answer = await peer.answer(await client.offer());
  const before = client.packets.length;
  await delay(300); // the client does not know yet
  const meanwhile = client.packets.length - before;
  await client.accept(answer);
  const after = client.packets.length;
  await until(() => client.packets.length > after + 50);

  assert.ok(meanwhile > 8, `${meanwhile} packets`);
  await hangUp(peer, client);
});
