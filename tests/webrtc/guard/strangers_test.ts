/**
 * A call is up, and a socket that takes no part in it sends all kinds of datagrams to the runner's
 * port: the call goes on, and the socket hears nothing.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Peer } from "../../../src/core/peer.ts";
import { ATTRIBUTE } from "../../../src/ways/webrtc/guard/stun.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { hangUp, until } from "../call.ts";
import { type Client, createClient, delay } from "../client.ts";
import { binding, type IceSession, iceSession, secondPath } from "./second_path.ts";

interface GuardedCall extends AsyncDisposable {
  readonly peer: Peer;
  readonly client: Client;
  readonly session: IceSession;
}

/** A call whose session a test knows; the client is the DTLS server if it is `passive`. */
async function guardedCall(
  { passive = false, meanwhile = (_session: IceSession) => Promise.resolve() } = {},
): Promise<GuardedCall> {
  const client = await createClient();
  const offer = await client.offer();
  const asked = passive ? offer.replaceAll("a=setup:actpass", "a=setup:passive") : offer;
  const { peer, sdp } = await weriftPeers({ udpPort: 0 }).answer("pc_1", asked);
  peer.intercept(() => false);
  const session = iceSession(offer, sdp);
  await meanwhile(session);
  await client.accept(sdp);
  await client.connected();
  await peer.ready;
  return { peer, client, session, [Symbol.asyncDispose]: () => hangUp(peer, client) };
}

/** Whether messages pass both ways. */
async function passes({ peer, client }: GuardedCall): Promise<void> {
  const came = Promise.withResolvers<unknown>();
  peer.intercept((data) => (came.resolve(data), true));
  client.channel?.send(JSON.stringify("to the bot"));
  peer.send("to the client");
  assert.equal(await came.promise, "to the bot");
  await until(() => client.messages.includes('"to the client"'));
}

const u16 = (n: number) => [n >> 8, n & 255];
const record = (type: number, epoch: number, ...body: number[]) =>
  Uint8Array.of(type, 0xfe, 0xfd, ...u16(epoch), 0, 0, 0, 0, 0, 9, ...u16(body.length), ...body);
const handshake = (type: number, ...body: number[]) =>
  record(22, 0, type, 0, ...u16(body.length), 0, 0, 0, 0, 0, 0, ...u16(body.length), ...body);

/** One of each kind, and of each first byte. */
function datagrams(session: IceSession): Uint8Array[] {
  const username = [ATTRIBUTE.username, new TextEncoder().encode(session.username)] as const;
  const priority = [ATTRIBUTE.priority, new Uint8Array(4)] as const;
  const useCandidate = [ATTRIBUTE.useCandidate, new Uint8Array()] as const;
  const controlled = [ATTRIBUTE.iceControlled, new Uint8Array(8)] as const;
  const check = [username, priority, useCandidate];
  return [
    ...Array.from({ length: 256 }, (_, first) => Uint8Array.of(first, ...randomBytes(60))),
    new Uint8Array(),
    Uint8Array.of(22),
    record(21, 0, 2, 40), // a fatal alert
    record(21, 0, 1, 0), // close_notify
    record(20, 0, 1),
    record(23, 0, ...randomBytes(40)),
    record(23, 1, ...randomBytes(60)),
    record(26, 0, 0, 0),
    ...[0, 1, 2, 3, 11, 14, 20].map((type) => handshake(type, ...randomBytes(40))),
    binding("request", check, "a wrong password"),
    binding("request", [...check, controlled], "a wrong password"),
    binding("request", check, ""),
    binding("request", [priority], session.password.slice(1)),
    binding("indication", check, session.password),
    binding("success", [[ATTRIBUTE.xorMappedAddress, new Uint8Array(8)]], session.clientPassword),
    binding("error", [[ATTRIBUTE.errorCode, Uint8Array.of(0, 0, 4, 87)]], session.clientPassword),
  ];
}

for (const passive of [false, true]) {
  const role = passive ? "server" : "client";
  Deno.test(`no datagram of a stranger harms a call whose client is the DTLS ${role}`, async () => {
    await using c = await guardedCall({ passive });
    await using stranger = await secondPath(c.session);

    for (const bytes of datagrams(c.session)) stranger.send(bytes);
    await passes(c);

    assert.deepEqual([stranger.stun, stranger.media], [[], []]);
  });

  Deno.test(`nor does it keep a client from connecting that is the DTLS ${role}`, async () => {
    await using c = await guardedCall({
      passive,
      async meanwhile(session) {
        await using stranger = await secondPath(session);
        for (const bytes of datagrams(session)) stranger.send(bytes);
        await delay(100);
        assert.deepEqual([stranger.stun, stranger.media], [[], []]);
      },
    });

    await passes(c);
  });
}

Deno.test("a check that is recorded and sent again from elsewhere gets no answer", async () => {
  await using c = await guardedCall();
  await using own = await secondPath(c.session);
  await using stranger = await secondPath(c.session);
  stranger.answers = false;

  const recorded = own.check({ nominate: false });
  await until(() => own.stun.some(({ kind }) => kind === "success"));
  for (let i = 0; i < 20; i++) stranger.send(recorded);
  await passes(c);

  assert.deepEqual(stranger.stun, []);
});

Deno.test("a copy of a check that comes first keeps nobody from an answer", async () => {
  await using c = await guardedCall();
  await using own = await secondPath(c.session);
  await using faster = await secondPath(c.session);
  own.check();
  await until(() => own.stun.some(({ kind }) => kind === "success"));
  const answered = own.stun.filter(({ kind }) => kind === "success").length;

  const copied = own.check({ quietly: true });
  faster.send(copied);
  await until(() => faster.stun.length > 0);
  own.send(copied);

  await until(() => own.stun.filter(({ kind }) => kind === "success").length > answered);
});

Deno.test("a client that takes the same role is answered at once", async () => {
  await using c = await guardedCall();
  await using own = await secondPath(c.session);
  const { username, password } = c.session;

  own.send(binding("request", [
    [ATTRIBUTE.username, new TextEncoder().encode(username)],
    [ATTRIBUTE.priority, new Uint8Array(4)],
    [ATTRIBUTE.iceControlled, new Uint8Array(8)], // less than our tie-breaker
  ], password));

  await until(() => own.stun.some(({ kind }) => kind === "success"));
  await passes(c);
});

Deno.test("the password alone is not enough: what does not answer a check is not heard", async () => {
  await using c = await guardedCall();
  await using deaf = await secondPath(c.session);
  deaf.answers = false;

  deaf.check({ nominate: true });
  await until(() => deaf.stun.some(({ kind }) => kind === "request"));
  deaf.send(record(21, 0, 1, 0));
  await passes(c);

  assert.deepEqual(deaf.media, []);
});

Deno.test("a client may have many addresses, and only so many are kept", async () => {
  await using c = await guardedCall();
  const paths = await Promise.all(Array.from({ length: 60 }, () => secondPath(c.session)));

  for (const path of paths) path.check();
  await until(() => paths.filter(({ stun }) => stun.length > 0).length >= 20);
  await delay(100);
  const answered = paths.filter(({ stun }) => stun.length > 0).length;
  await passes(c);
  await Promise.all(paths.map((path) => path[Symbol.asyncDispose]()));

  assert.ok(answered <= 33, `${answered}`);
});
