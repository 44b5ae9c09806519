/**
 * Calls between a peer and a second werift peer as its client, over UDP.
 */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import dns from "node:dns";
import { telephoneEvents } from "../../src/audio/dtmf.ts";
import { loadOpus } from "../../src/audio/opus.ts";
import { RunnerError } from "../../src/core/error.ts";
import type { AudioFrame, Frame } from "../../src/core/frame.ts";
import type { Peer } from "../../src/core/peer.ts";
import { type WeriftOptions, weriftPeers } from "../../src/webrtc/werift.ts";
import { concatenated, sine, speechLike } from "../audio/signals.ts";
import { type Client, type ClientOptions, connect, createClient, delay } from "./client.ts";

const opus = await loadOpus();

interface Call extends AsyncDisposable {
  readonly peer: Peer;
  readonly client: Client;
}

/** A call that is up. */
async function call(options: ClientOptions & WeriftOptions = {}): Promise<Call> {
  let peer: Peer | undefined;
  const client = await connect(async (offer) => {
    const answered = await weriftPeers(options).answer("pc_1", offer);
    peer = answered.peer;
    return answered.sdp;
  }, options);
  assert.ok(peer);
  peer.intercept(() => false);
  await peer.ready;
  return { peer, client, [Symbol.asyncDispose]: () => hangUp(peer!, client) };
}

async function hangUp(peer: Peer, client: Client): Promise<void> {
  await client.close();
  peer.close();
  await peer[Symbol.asyncDispose]();
}

/** Speech as packets of 20 ms. */
function encoded(samples: Int16Array, options: { fec?: boolean } = {}): Uint8Array[] {
  const encoder = opus.encoder({ sampleRate: 48_000, channels: 1, ...options });
  const packets: Uint8Array[] = [];
  for (let at = 0; at + 960 <= samples.length; at += 960) {
    packets.push(encoder.encode(samples.subarray(at, at + 960)));
  }
  encoder.free();
  return packets;
}

/** Sends packets in real time. */
async function speak(client: Client, packets: readonly Uint8Array[]): Promise<void> {
  const start = performance.now();
  for (const [i, packet] of packets.entries()) {
    await delay(Math.max(0, start + i * 20 - performance.now()));
    client.send(packet);
  }
}

/** Frames of a readable until it ends or the time is up. */
async function read(peer: Peer, ms: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  const reader = peer.readable.getReader();
  const timer = setTimeout(() => void reader.cancel(), ms);
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    frames.push(next.value);
  }
  clearTimeout(timer);
  reader.releaseLock();
  return frames;
}

const audioOf = (frames: readonly Frame[]) => frames.filter((frame) => frame.type === "audio");
const samplesOf = (frames: readonly AudioFrame[]) =>
  concatenated(frames.map(({ samples }) => samples));

/** How alike two recordings are at their best alignment: 1 for the same. */
function likeness(expected: Int16Array, actual: Int16Array): number {
  const step = 4; // enough of the band of speech, and fast
  const thin = (samples: Int16Array) =>
    Float64Array.from({ length: Math.floor(samples.length / step) }, (_, i) => samples[i * step]!);
  const [a, b] = [thin(expected), thin(actual)];
  const norm = Math.hypot(...a);
  let best = 0;
  for (let lag = 0; lag + a.length <= b.length; lag++) {
    let [product, energy] = [0, 0];
    for (let i = 0; i < a.length; i++) {
      product += a[i]! * b[lag + i]!;
      energy += b[lag + i]! ** 2;
    }
    best = Math.max(best, product / (norm * Math.sqrt(energy) || 1));
  }
  return best;
}

function until(condition: () => boolean, ms = 5000): Promise<void> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const check = () => {
      if (condition()) resolve();
      else if (performance.now() - start > ms) reject(new Error("It did not happen"));
      else setTimeout(check, 5);
    };
    check();
  });
}

Deno.test("speech arrives as it was sent", async () => {
  await using c = await call();
  c.peer.configure({ sampleRate: 48_000, channels: 1 });
  const speech = speechLike(48_000, 1);

  const [frames] = await Promise.all([read(c.peer, 1300), speak(c.client, encoded(speech))]);

  const audio = audioOf(frames);
  assert.ok(audio.every(({ sampleRate, channels }) => sampleRate === 48_000 && channels === 1));
  const alike = likeness(speech.subarray(9600, 38_400), samplesOf(audio));
  assert.ok(alike > 0.95, `${alike}`);
});

Deno.test("what the bot says is heard, and an echo is on time", async () => {
  await using c = await call();
  void c.peer.readable.pipeTo(c.peer.writable);
  const speech = speechLike(48_000, 1);

  await speak(c.client, encoded(speech));
  await delay(200);

  const alike = likeness(speech.subarray(9600, 38_400), c.client.heard());
  assert.ok(alike > 0.9, `${alike}`);
});

Deno.test("losses and overtaking packets are hidden from the bot", async () => {
  await using c = await call({ lose: (sequence) => sequence % 10 === 3 });
  c.peer.configure({ sampleRate: 48_000, channels: 1 });
  const speech = speechLike(48_000, 1.2);
  const packets = encoded(speech, { fec: true });

  const [frames] = await Promise.all([read(c.peer, 1500), speak(c.client, packets)]);

  const audio = audioOf(frames);
  const steps = audio.slice(1).map((frame, i) => frame.timestamp! - audio[i]!.timestamp!);
  assert.ok(steps.every((step) => Math.abs(step - 20) < 0.01), `${steps}`);
  const alike = likeness(speech.subarray(9600, 48_000), samplesOf(audio));
  assert.ok(alike > 0.9, `${alike}`);
});

Deno.test("a muted client is silent in real time", async () => {
  await using c = await call();

  const frames = audioOf(await read(c.peer, 1000));

  assert.ok(frames.length >= 40 && frames.length <= 51, `${frames.length} frames in a second`);
  assert.ok(samplesOf(frames).every((sample) => sample === 0));
});

Deno.test("key presses come and go as telephone events", async () => {
  await using c = await call();
  const [type] = c.client.pc.getTransceivers()[0]!.codecs
    .filter(({ name }) => name === "telephone-event").map(({ payloadType }) => payloadType);
  const writer = c.peer.writable.getWriter();

  const events = telephoneEvents("4", { clockRate: 48_000 });
  events.forEach((payload, i) =>
    c.client.send(payload, { payloadType: type!, hold: true, marker: i === 0 })
  );
  await writer.write({ type: "dtmf", digit: "9" });
  const frames = await read(c.peer, 400);

  assert.deepEqual(frames.filter(({ type }) => type === "dtmf"), [{ type: "dtmf", digit: "4" }]);
  const heard = c.client.packets.filter(({ header }) => header.payloadType === type);
  assert.equal(heard.length, 7);
  assert.ok(heard.every(({ payload }) => payload[0] === 9));
});

Deno.test("app messages pass both ways, in order, even before the channel is open", async () => {
  const client = await createClient();
  const { peer, sdp } = await weriftPeers().answer("pc_1", await client.offer());
  for (let i = 0; i < 10; i++) peer.send({ i });
  await client.accept(sdp);
  await client.connected();

  client.channel?.send(JSON.stringify({ hello: "bot" }));
  client.channel?.send("neither a ping nor JSON");
  client.channel?.send(
    JSON.stringify({ type: "signalling", message: { type: "trackStatus", enabled: false } }),
  );
  client.channel?.send(JSON.stringify([1, "second"]));
  await until(() => client.messages.length === 10);
  await delay(50);
  const taken: unknown[] = [];
  peer.intercept((data) => Array.isArray(data) && taken.push(data) > 0);
  peer.close();
  const frames = await read(peer, 1000);

  assert.deepEqual(client.messages.map((text) => JSON.parse(text).i), [...Array(10).keys()]);
  assert.deepEqual(taken, [[1, "second"]]);
  assert.deepEqual(
    frames.filter(({ type }) => type === "message"),
    [{ type: "message", data: { hello: "bot" } }],
  );
  await hangUp(peer, client);
});

Deno.test("large messages pass, and larger ones than the client takes are dropped", async () => {
  await using c = await call();

  c.peer.send("x".repeat(60_000));
  c.peer.send("y".repeat(70_000));
  c.peer.send("z");
  await until(() => c.client.messages.length === 2);

  assert.deepEqual(c.client.messages.map((text) => text.length), [60_002, 3]);
});

Deno.test("when the bot hangs up, the client is told", async () => {
  await using c = await call();

  c.peer.send("last words");
  c.peer.close({ reason: "done" });
  const info = await c.peer.closed;
  await c.peer[Symbol.asyncDispose]();

  assert.deepEqual(info, { reason: "done" });
  assert.deepEqual(
    c.client.messages.map((text) => JSON.parse(text)),
    ["last words", { type: "signalling", message: { type: "peerLeft" } }],
  );
});

Deno.test("a client without a data channel can talk, and is noticed when it leaves", async () => {
  const { peer, client } = await call({ data: false });
  const speech = encoded(sine(440, 48_000, 0.3));

  const [frames] = await Promise.all([read(peer, 500), speak(client, speech)]);
  await client.close();

  assert.ok(audioOf(frames).some(({ samples }) => samples.some((sample) => sample > 5000)));
  peer.close();
  await peer[Symbol.asyncDispose]();
});

Deno.test("a client that closes its channel has left", async () => {
  await using c = await call();

  const start = performance.now();
  c.client.channel?.close();
  const info = await c.peer.closed;

  assert.equal(info.closeCode, 1000);
  assert.ok(performance.now() - start < 1000);
});

Deno.test("a client whose pings stop is gone", async () => {
  await using c = await call({ pings: false, pingTimeoutMs: 500 });
  c.client.channel?.send("ping: 1");

  const start = performance.now();
  const info = await c.peer.closed;

  const elapsed = performance.now() - start;
  assert.equal(info.closeCode, 1006);
  assert.ok(elapsed > 400 && elapsed < 1000, `${elapsed} ms`);
  assert.ok((await c.peer.readable.getReader().read()) !== undefined);
});

Deno.test("a client that never pings stays", async () => {
  await using c = await call({ pings: false, pingTimeoutMs: 200 });
  let closed = false;
  void c.peer.closed.then(() => closed = true);

  await delay(600);

  assert.equal(closed, false);
});

Deno.test("a client that does not connect is given up", async () => {
  const client = await createClient();
  const { peer } = await weriftPeers({ connectTimeoutMs: 300 }).answer("x", await client.offer());

  const info = await peer.closed;

  assert.match(info.reason ?? "", /did not connect/);
  await assert.rejects(
    peer.ready,
    (error: unknown) => error instanceof RunnerError && error.code === "connect_timeout",
  );
  await hangUp(peer, client);
});

Deno.test("an interruption drops what waits in the stream, but not what is written later", async () => {
  await using c = await call();
  const writer = c.peer.writable.getWriter();
  const tone = (seconds: number): AudioFrame => ({
    type: "audio",
    samples: sine(440, 24_000, seconds),
    sampleRate: 24_000,
    channels: 1,
  });

  for (let i = 0; i < 10; i++) void writer.write(tone(1));
  await delay(300);
  c.peer.interrupt();
  await c.peer.drained();
  const before = c.client.packets.filter(({ payload }) => payload.length > 3).length;
  await delay(200);
  const after = c.client.packets.filter(({ payload }) => payload.length > 3).length;
  void writer.write(tone(0.2));
  await c.peer.drained();
  await delay(50);
  const end = c.client.packets.filter(({ payload }) => payload.length > 3).length;

  assert.ok(before >= 10 && before < 25, `${before} packets`);
  assert.ok(after - before <= 1);
  assert.ok(Math.abs(end - after - 10) <= 1, `${end - after} packets`);
});

Deno.test("drained waits for what is written but not yet taken by the stream", async () => {
  await using c = await call();
  const writer = c.peer.writable.getWriter();
  const frame: AudioFrame = {
    type: "audio",
    samples: sine(440, 24_000, 0.6),
    sampleRate: 24_000,
    channels: 1,
  };

  for (let i = 0; i < 3; i++) void writer.write(frame);
  const start = performance.now();
  await c.peer.drained();

  const elapsed = performance.now() - start;
  assert.ok(elapsed > 1700 && elapsed < 2300, `${elapsed} ms`);
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

Deno.test("a renegotiation while still connecting does no harm", async () => {
  const client = await createClient();
  const { peer, sdp } = await weriftPeers().answer("pc_1", await client.offer());
  const offer = await client.pc.localDescription!.sdp;

  await peer.answer(offer);
  await client.accept(sdp);
  await client.connected();
  await peer.ready;

  peer.send("hello");
  await until(() => client.messages.length === 1);
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
  await peer.drained();
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
    [{ video: 1, data: false }, ["audio sendrecv", "video inactive"]],
    [{ video: 2 }, ["audio sendrecv", "video inactive", "video inactive", "application"]],
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
      offer.replaceAll("a=mid", "a=x"),
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

Deno.test("a client without AES-GCM is served as well", async () => {
  await using c = await call({ counterMode: true });
  void c.peer.readable.pipeTo(c.peer.writable);
  const speech = speechLike(48_000, 0.6);

  await speak(c.client, encoded(speech));
  await delay(200);

  assert.equal(c.client.pc.dtlsTransports[0]!.dtls!.srtp.srtpProfile, 1);
  assert.ok(likeness(speech.subarray(9600, 24_000), c.client.heard()) > 0.9);
});

Deno.test("clients that can do AES-GCM are made to", async () => {
  await using c = await call();

  assert.equal(c.client.pc.dtlsTransports[0]!.dtls!.srtp.srtpProfile, 7);
});

Deno.test("no message of a client can end the process", async () => {
  await using c = await call();
  const { sctp } = c.client.pc.sctp!;

  // An unknown protocol, an acknowledgment of nothing, and what is no packet at all.
  await sctp.send(c.client.channel!.id!, 99, new TextEncoder().encode("?") as never);
  await sctp.send(40, 50, Uint8Array.of(2) as never);
  await c.client.pc.dtlsTransports[0]!.sendData(Uint8Array.of(1, 2, 3) as never);
  c.client.channel?.send(JSON.stringify({ deep: "[".repeat(1000) }));
  await delay(50);

  c.peer.send("still here");
  await until(() => c.client.messages.length === 1);
});

Deno.test("a small range of ports is kept to, and one that is used up is an error", async () => {
  const first = 20_000 + Math.floor(Math.random() * 20_000);
  const peers = weriftPeers({ portRange: [first, first + 1] });
  const clients = await Promise.all([createClient(), createClient()]);

  const { peer, sdp } = await peers.answer("a", await clients[0]!.offer());
  const ports = [...sdp.matchAll(/a=candidate:\S+ 1 udp \d+ \S+ (\d+)/g)].map(([, port]) => +port!);

  assert.ok(ports.every((port) => port === first || port === first + 1), `${ports}`);
  if (new Set(ports).size === 2) {
    await assert.rejects(peers.answer("b", await clients[1]!.offer()), { code: "no_udp_port" });
  }
  peer.close();
  await peer[Symbol.asyncDispose]();
  for (const client of clients) await client.close();
});

Deno.test("disposing lets the client hear the end", async () => {
  const { peer, client } = await call();
  const writer = peer.writable.getWriter();
  await writer.write({
    type: "audio",
    samples: sine(440, 24_000, 0.5),
    sampleRate: 24_000,
    channels: 1,
  });

  await peer[Symbol.asyncDispose]();

  assert.equal(client.packets.filter(({ payload }) => payload.length > 3).length, 25);
  assert.equal(client.messages.length, 1);
  await client.close();
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

Deno.test("an answer waits half a second for a STUN server that is silent", async () => {
  const server = createSocket("udp4");
  let requests = 0;
  server.on("message", () => requests++);
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  const client = await createClient();
  const urls = [`stun:127.0.0.1:${server.address().port}`];

  const start = performance.now();
  const peers = weriftPeers({ iceServers: [{ urls }] });
  const { peer, sdp } = await peers.answer("pc_1", await client.offer());
  const elapsed = performance.now() - start;
  await client.accept(sdp);
  await client.connected();

  assert.ok(requests > 0);
  assert.ok(elapsed > 300 && elapsed < 900, `${elapsed} ms`);
  await hangUp(peer, client);
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
