/**
 * Calls that share one UDP port.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { PeerFactory } from "../../../src/core/peer.ts";
import { ATTRIBUTE } from "../../../src/ways/webrtc/guard/stun.ts";
import type { Connection } from "werift";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { hangUp, until } from "../call.ts";
import { type Client, createClient } from "../client.ts";
import { binding, type IceSession, iceSession } from "../guard/second_path.ts";
import { turnServer } from "../turn_server.ts";
import { type Nat, openNat, openTcpNat } from "./nat.ts";

/** A call, and what its bot was told. */
interface SharedCall extends AsyncDisposable {
  readonly client: Client;
  readonly session: IceSession;
  readonly answer: string;
  readonly told: unknown[];
  /** How many packets of audio or messages have come. */
  received(): number;
  /** Whether messages pass both ways. */
  passes(word: string): Promise<void>;
}

async function callOn(peers: PeerFactory, nat?: Pick<Nat, "hide" | "lead">): Promise<SharedCall> {
  const client = await createClient();
  const offer = await client.offer();
  const { peer, sdp } = await peers.answer("pc_1", nat ? nat.hide(offer) : offer);
  const told: unknown[] = [];
  peer.intercept((data) => (told.push(data), true));
  await client.accept(nat ? nat.lead(sdp) : sdp);
  await client.connected();
  await peer.ready;
  return {
    client,
    session: iceSession(offer, sdp),
    answer: sdp,
    told,
    received: () => peer.received ?? 0,
    async passes(word) {
      client.channel?.send(JSON.stringify(word));
      peer.send(word);
      await until(() => told.includes(word) && client.messages.includes(JSON.stringify(word)));
    },
    [Symbol.asyncDispose]: () => hangUp(peer, client),
  };
}

const portsOf = (sdp: string) =>
  new Set([...sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ \S+ (\d+)/gm)].map(([, port]) => port));

/** Has a client check the path in use now, and not when it is due; it may be lost. */
async function checkNow({ pc }: Client): Promise<void> {
  const connection = pc.dtlsTransports[0]!.iceTransport.connection as Connection;
  const { localUsername, remoteUsername, remotePassword, iceControlling, nominated } = connection;
  const { protocol, remoteAddr, localCandidate } = nominated!;
  const names = { localUsername, remoteUsername, iceControlling, localCandidate };
  const request = connection["buildRequest"]({ ...names, nominate: true });
  await protocol.request(request, remoteAddr, Buffer.from(remotePassword));
}

const check = ({ username, password }: IceSession) =>
  binding("request", [
    [ATTRIBUTE.username, new TextEncoder().encode(username)],
    [ATTRIBUTE.priority, Uint8Array.of(0x6e, 0, 1, 255)],
    [ATTRIBUTE.iceControlling, new Uint8Array(8).fill(255)],
    [ATTRIBUTE.useCandidate, new Uint8Array()],
  ], password);

Deno.test("several calls are on one port, and each is told what it alone is told", async () => {
  const peers = weriftPeers({ udpPort: 0 });
  await using first = await callOn(peers);
  await using second = await callOn(peers);
  await using third = await callOn(peers);
  const calls = [first, second, third];

  await Promise.all(calls.map((call, i) => call.passes(`word ${i}`)));

  const ports = new Set(calls.flatMap(({ answer }) => [...portsOf(answer)]));
  assert.equal(ports.size, 1);
  calls.forEach(({ told }, i) => assert.deepEqual(told, [`word ${i}`]));
});

Deno.test("a client whose address changes in mid-call goes on once it has shown who it is", async () => {
  await using nat = await openNat();
  const peers = weriftPeers({ udpPort: 0 });
  await using other = await callOn(peers);
  await using call = await callOn(peers, nat);
  await call.passes("before");

  await nat.rebind();
  const before = call.received();
  for (let i = 0; i < 10; i++) call.client.send(new Uint8Array(20));
  await other.passes("meanwhile");
  const unshown = call.received() - before;
  await checkNow(call.client);
  await call.passes("after");

  assert.equal(unshown, 0, "from an address that nobody knows");
});

Deno.test("an address that a later client has is its own, and the earlier one's no more", async () => {
  await using nat = await openNat();
  const peers = weriftPeers({ udpPort: 0 });
  const client = await createClient();
  const offer = await client.offer();
  const { peer, sdp } = await peers.answer("pc_1", nat.hide(offer));
  await client.accept(nat.lead(sdp));
  await client.connected();
  await peer.ready;
  nat.open = false;
  await client.close(); // of which nothing is heard
  nat.open = true;

  await using later = await callOn(peers, nat);
  await later.passes("while the earlier session is still there");
  await hangUp(peer, client);
  await later.passes("and once it has ended");
});

Deno.test("nobody takes an address over by what can be forged", async () => {
  await using nat = await openNat();
  const peers = weriftPeers({ udpPort: 0 });
  await using victim = await callOn(peers, nat);
  await using thief = await callOn(peers);

  // From the victim's address, which does not answer in the thief's name.
  for (let i = 0; i < 5; i++) {
    nat.forge(check({ ...thief.session, password: "another" }));
    nat.forge(check({ ...thief.session, username: "nobody:knows" }));
    nat.forge(check(thief.session));
  }
  await victim.passes("still here");
  await thief.passes("and the other too");
});

Deno.test("a client of IPv6 alone finds the same port", async () => {
  const peers = weriftPeers({ udpPort: 0, publicAddresses: ["::1"] });
  const client = await createClient();
  const offer = (await client.offer()).replace(/^a=candidate.*\r\n/gm, "");
  const { peer, sdp } = await peers.answer("pc_1", offer);
  const lines = sdp.match(/^a=candidate:\S+ 1 udp \d+ ::1 (\d+) typ host/gm) ?? [];
  assert.equal(lines.length, 1);

  await client.accept(sdp.replace(/^a=candidate(?!.* ::1 ).*\r\n/gm, ""));
  await client.connected();
  await peer.ready;

  assert.equal(portsOf(sdp).size, 1);
  await hangUp(peer, client);
});

Deno.test("a STUN server tells the port from outside, and a TURN server relays beside it", async () => {
  await using server = await turnServer();
  const login = { username: "u", credential: "p" };
  const peers = weriftPeers({
    udpPort: 0,
    iceServers: [
      { urls: [`stun:127.0.0.1:${server.port}`] },
      { urls: [`turn:127.0.0.1:${server.port}`], ...login },
    ],
  });
  await using first = await callOn(peers);
  await using second = await callOn(peers);

  await Promise.all([first.passes("one"), second.passes("two")]);

  assert.equal(server.relays.size, 2, "each has its own allocation");
  for (const { answer } of [first, second]) {
    const [own] = portsOf(answer);
    assert.match(answer, new RegExp(` 127\\.0\\.0\\.1 ${own} typ srflx `));
  }
});

Deno.test("a client whose network lets no UDP through comes by TCP, and again over a new connection", async () => {
  await using nat = await openTcpNat();
  const peers = weriftPeers({ udpPort: 0, tcpPort: 0 });
  await using other = await callOn(peers);
  await using call = await callOn(peers, nat);
  await call.passes("by TCP");

  await nat.rebind();
  await checkNow(call.client);
  await call.passes("by another connection");
  await other.passes("by UDP");
});

Deno.test("TCP serves beside a UDP port for each call", async () => {
  await using nat = await openTcpNat();
  const peers = weriftPeers({ tcpPort: 0 });
  await using own = await callOn(peers);
  await using call = await callOn(peers, nat);

  await Promise.all([own.passes("by UDP"), call.passes("by TCP")]);

  assert.equal(new Set([own, call].flatMap(({ answer }) => [...portsOf(answer)])).size, 4);
});
