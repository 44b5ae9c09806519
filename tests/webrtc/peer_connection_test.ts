/**
 * How a peer and its client find each other, again and again.
 */
import assert from "node:assert/strict";
import dns from "node:dns";
import { RunnerError } from "../../src/core/error.ts";
import type { Frame } from "../../src/core/frame.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { sine } from "../audio/signals.ts";
import { audioOf, call, encoded, hangUp, read, speak, until } from "./call.ts";
import { type ClientOptions, connect, createClient, delay } from "./client.ts";

Deno.test("a client that does not connect is given up", async () => {
  const client = await createClient();
  const { peer } = await weriftPeers({ connectTimeoutMs: 300 }).answer("x", await client.offer());

  const info = await peer.closed;

  assert.match(info.reason ?? "", /did not come/);
  await assert.rejects(
    peer.ready,
    (error: unknown) => error instanceof RunnerError && error.code === "connect_timeout",
  );
  await hangUp(peer, client);
});

Deno.test("a peer knows when its client has come, before media flows", async () => {
  const client = await createClient();
  const { peer, sdp } = await weriftPeers().answer("pc_1", await client.offer());
  const order: string[] = [];
  void peer.reached?.then(() => order.push("reached"));
  void peer.ready.then(() => order.push("ready"));
  await delay(50);
  assert.deepEqual(order, []);

  await client.accept(sdp);
  await client.connected();
  await peer.ready;

  assert.deepEqual(order, ["reached", "ready"]);
  await hangUp(peer, client);
});

Deno.test("a renegotiation goes on over the same connection", async () => {
  await using c = await call();

  const offer = await c.client.offer();
  await c.client.accept(await c.peer.answer(offer));
  c.peer.send("still here");
  await until(() => c.client.messages.length === 1);
  const [frames] = await Promise.all([
    read(c.peer, 400),
    speak(c.client, encoded(sine(440, 48_000, 0.3))),
  ]);

  assert.ok(audioOf(frames).some(({ samples }) => samples.some((sample) => sample > 5000)));
});

Deno.test("offers that come one upon the other do no harm", async () => {
  const client = await createClient();
  const { peer, sdp } = await weriftPeers().answer("pc_1", await client.offer());
  const offer = await client.pc.localDescription!.sdp;

  const answers = await Promise.all([peer.answer(offer), peer.answer(offer)]);
  await client.accept(sdp);
  await client.connected();
  await peer.ready;

  peer.send("hello");
  await until(() => client.messages.length === 1);
  assert.ok(answers.every((answer) => answer.startsWith("v=0")));
  await hangUp(peer, client);
});

Deno.test("a restart moves the call to a new connection, with the same streams", async () => {
  const { peer, client } = await call();
  const seen: Frame[] = [];
  const reading = peer.readable.pipeTo(
    new WritableStream({ write: (frame) => void seen.push(frame) }),
  );
  const writer = peer.writable.getWriter();
  await writer.write({
    type: "audio",
    samples: sine(440, 24_000, 1),
    sampleRate: 24_000,
    channels: 1,
  });

  const second = await connect((offer) => peer.answer(offer, { restart: true }));
  await client.close();
  peer.send("again");
  await until(() => second.messages.length === 1);
  seen.length = 0;
  await speak(second, encoded(sine(440, 48_000, 0.3)));
  await peer.playback.drained();
  let closed = false;
  void peer.closed.then(() => closed = true);
  await delay(50);

  assert.equal(closed, false);
  assert.ok(audioOf(seen).some(({ samples }) => samples.some((sample) => sample > 5000)));
  assert.ok(second.packets.filter(({ payload }) => payload.length > 3).length > 20);
  const times = audioOf(seen).map(({ timestamp }) => timestamp!);
  assert.ok(times.every((time, i) => i === 0 || time > times[i - 1]!));
  await hangUp(peer, second);
  await reading;
});

Deno.test("a restart with an offer that cannot be used leaves the call as it was", async () => {
  await using c = await call();

  await assert.rejects(c.peer.answer("nonsense", { restart: true }), { code: "invalid_offer" });

  c.peer.send("still here");
  await until(() => c.client.messages.length === 1);
});

Deno.test("candidates that cannot be used are ignored, and the end of candidates too", async () => {
  await using c = await call();
  const candidates = [
    "",
    "nonsense",
    "candidate:1 1 udp 1 abcdef.local 5000 typ host",
    "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active",
    "candidate:1 1 udp 1 192.0.2.1 5000 typ host",
  ];

  for (const candidate of candidates) {
    await c.peer.addIceCandidate({ candidate, sdpMid: "0", sdpMLineIndex: 0 });
    await c.peer.addIceCandidate({ candidate, sdpMid: "99" });
    await c.peer.addIceCandidate({ candidate });
  }

  c.peer.send("still here");
  await until(() => c.client.messages.length === 1);
});

Deno.test("a client that hides its address is found by its checks", async () => {
  const client = await createClient();
  const offer = (await client.offer())
    .replaceAll(/(a=candidate:\S+ 1 udp \d+) \S+/g, "$1 0a1b2c3d-hidden.local");
  const { peer, sdp } = await weriftPeers().answer("pc_1", offer);

  await peer.addIceCandidate({ candidate: "", sdpMid: "0", sdpMLineIndex: 0 });
  await client.accept(sdp);
  await client.connected();
  await peer.ready;

  await hangUp(peer, client);
});

Deno.test("offers of every shape are answered in their order", async () => {
  const shapes: [ClientOptions, string[]][] = [
    [{ data: false }, ["audio sendrecv"]],
    [{ audio: false }, ["application"]],
    [{ video: 1, data: false }, ["audio sendrecv", "video sendrecv"]],
    [{ video: 2 }, ["audio sendrecv", "video sendrecv", "video recvonly", "application"]],
  ];
  for (const [options, expected] of shapes) {
    const client = await createClient(options);
    const { peer, sdp } = await weriftPeers().answer("pc_1", await client.offer());

    await client.accept(sdp);
    await client.connected();
    await peer.ready;

    const sections = sdp.split("m=").slice(1).map((section) =>
      [section.split(" ")[0], section.match(/a=(sendrecv|inactive|recvonly)/)?.[1]]
        .filter(Boolean).join(" ")
    );
    assert.deepEqual(sections, expected);
    assert.deepEqual(sdp.match(/a=mid:\d/g), expected.map((_, i) => `a=mid:${i}`));
    await hangUp(peer, client);
  }
});

Deno.test("SDP that is no offer is refused", async () => {
  const peers = weriftPeers();
  const client = await createClient();
  const offer = await client.offer();

  for (
    const sdp of [
      "",
      "v=0",
      offer.replaceAll("opus/48000/2", "none/1"),
      offer.replaceAll("a=fingerprint", "a=x"),
    ]
  ) {
    const refused = peers.answer("pc_1", sdp);
    await assert.rejects(
      refused,
      (error: unknown) =>
        error instanceof RunnerError && error.code === "invalid_offer" && error.status === 400,
    );
  }
  await client.close();
});

Deno.test("clients that can do AES-GCM are made to", async () => {
  await using c = await call();

  assert.equal(c.client.pc.dtlsTransports[0]!.dtls!.srtp.srtpProfile, 7);
});

Deno.test("a small range of ports is kept to, and one that is used up is an error", async () => {
  const first = 20_000 + Math.floor(Math.random() * 20_000);
  const peers = weriftPeers({ udpPorts: [first, first + 1] });
  const clients = await Promise.all([createClient(), createClient()]);

  const { peer, sdp } = await peers.answer("a", await clients[0]!.offer());
  const ports = [...sdp.matchAll(/a=candidate:\S+ 1 udp \d+ \S+ (\d+)/g)].map(([, port]) => +port!);

  assert.ok(ports.every((port) => port === first || port === first + 1), `${ports}`);
  if (new Set(ports).size === 2) {
    await assert.rejects(peers.answer("b", await clients[1]!.offer()), { code: "no_udp_port" });
  }
  await clients[1]!.close();
  await hangUp(peer, clients[0]!);
});

Deno.test("a client connects to an address that only the world knows as ours", async () => {
  const peers = weriftPeers({ publicAddresses: ["127.0.0.9"] });
  const client = await createClient();
  const offer = (await client.offer()).replace(/^a=candidate.*\r\n/gm, ""); // it has to come to us
  const { peer, sdp } = await peers.answer("a", offer);

  await client.accept(sdp.replace(/^a=candidate(?!.* 127\.0\.0\.9 ).*\r\n/gm, ""));
  await client.connected();

  assert.equal(
    sdp.match(/ 127\.0\.0\.9 /g)?.length,
    sdp.match(/ \d+\.\S+ \d+ typ host/g)!.length / 2,
  );
  await hangUp(peer, client);
});

Deno.test("no STUN server is asked unless one is configured", async () => {
  const lookup = dns.promises.lookup;
  const names: string[] = [];
  const spy = (name: string) => {
    names.push(name);
    return Promise.reject(new Error("offline"));
  };
  Object.assign(dns.promises, { lookup: spy });
  try {
    const client = await createClient();
    const start = performance.now();
    const { peer } = await weriftPeers().answer("pc_1", await client.offer());
    const elapsed = performance.now() - start;

    assert.deepEqual(names, []);
    assert.ok(elapsed < 400, `${elapsed} ms`);
    await hangUp(peer, client);
  } finally {
    Object.assign(dns.promises, { lookup });
  }
});
