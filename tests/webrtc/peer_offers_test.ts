/**
 * Offers that are not a browser's first one: of devices and gateways, of attackers, and of calls
 * that change as they go.
 */
import assert from "node:assert/strict";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "../../src/audio/g711.ts";
import { RunnerError } from "../../src/core/error.ts";
import type { Peer } from "../../src/core/peer.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { concatenated, sine } from "../audio/signals.ts";
import { recordsOf } from "../support/warnings.ts";
import { audioOf, call, encoded, hangUp, likeness, read, samplesOf, speak, until } from "./call.ts";
import { type Client, type ClientOptions, connect, createClient, delay } from "./client.ts";
import { AUDIO, bundle, named, offer as compose, TRANSPORT } from "./sdp/offers.ts";

const tone = sine(440, 48_000, 0.5);

/** Whether the bot hears a tone of the client. */
async function hears(peer: Peer, client: Client): Promise<boolean> {
  const [frames] = await Promise.all([read(peer, 700), speak(client, encoded(tone))]);
  return audioOf(frames).some(({ samples }) => samples.some((sample) => sample > 5000));
}

/** Whether the client hears a tone of the bot. */
async function isHeard(peer: Peer, client: Client): Promise<boolean> {
  const before = client.packets.length;
  const writer = peer.writable.getWriter();
  await writer.write({ type: "audio", samples: tone, sampleRate: 48_000, channels: 1 });
  writer.releaseLock();
  await peer.playback.drained();
  return client.packets.slice(before).filter(({ payload }) => payload.length > 3).length > 10;
}

/** A call whose offer is changed on its way. */
async function changed(change: (offer: string) => string, options: ClientOptions = {}) {
  let peer: Peer | undefined;
  const client = await connect(async (offer) => {
    const answered = await weriftPeers().answer("pc_1", change(offer));
    peer = answered.peer;
    return answered.sdp;
  }, options);
  await peer!.ready;
  return { peer: peer!, client, [Symbol.asyncDispose]: () => hangUp(peer!, client) };
}

const LAWS = [["PCMU", encodeMulaw, decodeMulaw], ["PCMA", encodeAlaw, decodeAlaw]] as const;

for (const [g711, encodeLaw, decodeLaw] of LAWS) {
  Deno.test(`a client that knows ${g711} alone talks and hears`, async () => {
    await using c = await call({ g711, data: false });
    const spoken = sine(440, 8000, 0.6);
    const packets = Array.from(
      { length: 30 },
      (_, i) => encodeLaw(spoken.subarray(i * 160, i * 160 + 160)),
    );

    const writer = c.peer.writable.getWriter();
    await writer.write({ type: "audio", samples: spoken, sampleRate: 8000, channels: 1 });
    c.peer.configure({ sampleRate: 8000, channels: 1 });
    const [frames] = await Promise.all([read(c.peer, 900), speak(c.client, packets)]);
    await c.peer.playback.drained();

    assert.ok(likeness(spoken.subarray(0, 4000), samplesOf(audioOf(frames))) > 0.99);
    const heard = concatenated(c.client.packets.map(({ payload }) => decodeLaw(payload)));
    assert.ok(likeness(spoken.subarray(0, 4000), heard) > 0.99);
    assert.ok(c.client.packets.every(({ payload }) => payload.length === 160));
  });
}

Deno.test("keys of a client with G.711 come and go", async () => {
  await using c = await call({ g711: "PCMU", data: false });
  const [type] = [
    ...c.client.pc.localDescription!.sdp.matchAll(/a=rtpmap:(\d+) telephone-event\/8000/g),
  ]
    .map(([, payloadType]) => Number(payloadType));

  const writer = c.peer.writable.getWriter();
  await writer.write({ type: "dtmf", digit: "5" });
  const reading = read(c.peer, 500);
  const press = { payloadType: type!, hold: true };
  c.client.send(Uint8Array.of(7, 0x0a, 0, 160), press);
  c.client.send(Uint8Array.of(7, 0x8a, 0x03, 0x20), press);
  const frames = await reading;

  assert.deepEqual(frames.filter(({ type }) => type === "dtmf"), [{ type: "dtmf", digit: "7" }]);
  const keys = c.client.packets.filter(({ header }) => header.payloadType === type);
  assert.deepEqual(new Set(keys.map(({ payload }) => payload[0])), new Set([5]));
});

const SHAPES: Record<string, readonly [change: (offer: string) => string, ClientOptions?]> = {
  "neither names nor a bundle": [
    (offer) => offer.replaceAll(/^a=(mid|group|extmap):.*\r\n/gm, ""),
    { data: false },
  ],
  "no direction and no role": [(offer) => offer.replaceAll(/^a=(sendrecv|setup:.*)\r\n/gm, "")],
  "a text section before all others": [
    (offer) => offer.replace(/^m=audio/m, "m=text 9 RTP/AVP 98\r\na=mid:t\r\nm=audio"),
  ],
  "data for a bundle only": [
    (offer) => offer.replace(/^m=application \d+(.*\r\n)/m, "m=application 0$1a=bundle-only\r\n"),
  ],
};

for (const [shape, [change, options]] of Object.entries(SHAPES)) {
  Deno.test(`a call comes about by an offer with ${shape}`, async () => {
    await using c = await changed(change, options);

    assert.deepEqual([await hears(c.peer, c.client), await isHeard(c.peer, c.client)], [
      true,
      true,
    ]);
    if (options?.data === false) return;
    c.peer.send("hello");
    await until(() => c.client.messages.length === 1);
  });
}

Deno.test("data channels that come later are opened", async () => {
  await using c = await call({ data: false });

  const channel = c.client.pc.createDataChannel("chat");
  const messages: string[] = [];
  channel.onMessage.subscribe((message) => void messages.push(String(message)));
  await c.client.accept(await c.peer.answer(await c.client.offer()));
  void c.client.pc.sctpTransport!.start(5000); // werift does not by itself, as client neither
  c.peer.send("hello");
  await until(() => messages.length === 1);

  assert.equal(await hears(c.peer, c.client), true);
});

Deno.test("a client stops its audio and the call goes on; then it speaks again", async () => {
  await using c = await call();
  const stopped = (offer: string) => offer.replace(/^m=audio \d+/m, "m=audio 0");

  const answer = await c.peer.answer(stopped(await c.client.offer()));
  c.peer.send("still here");
  await until(() => c.client.messages.length === 1);
  await c.client.accept(await c.peer.answer(await c.client.offer()));

  assert.match(answer, /^m=audio 0 .*[^]*^m=application 9 /m);
  assert.match(answer, /^a=group:BUNDLE 1\r$/m);
  assert.equal(await hears(c.peer, c.client), true);
  assert.equal(await isHeard(c.peer, c.client), true);
});

Deno.test("a client on hold hears nothing, and then again", async () => {
  await using c = await call();
  const held = (offer: string) => offer.replace("a=sendrecv", "a=inactive");

  assert.match(await c.peer.answer(held(await c.client.offer())), /^a=inactive\r$/m);
  assert.equal(await isHeard(c.peer, c.client), false);
  await c.client.accept(await c.peer.answer(await c.client.offer()));

  assert.equal(await isHeard(c.peer, c.client), true);
});

Deno.test("a renegotiation that cannot be used leaves the call as it was", async () => {
  await using c = await call();

  await assert.rejects(c.peer.answer(bundle(...Array(9).fill(AUDIO))), { code: "invalid_offer" });

  assert.equal(await hears(c.peer, c.client), true);
});

Deno.test("a rehearsal leaves nothing behind, and calls are as before", async () => {
  const peers = weriftPeers();

  await Promise.all([peers.rehearse?.(), peers.rehearse?.()]);
  let peer: Peer | undefined;
  const client = await connect(async (offer) => {
    const answered = await peers.answer("pc_1", offer);
    peer = answered.peer;
    return answered.sdp;
  });
  await peer!.ready;

  assert.equal(await hears(peer!, client), true);
  await hangUp(peer!, client);
});

Deno.test("an offer of hundreds of sections costs no socket and hardly any time", async () => {
  const peers = weriftPeers();
  const client = await createClient();
  const { peer } = await peers.answer("first", await client.offer()); // loads what calls need
  await hangUp(peer, client);
  const sections = (count: number) => Array.from({ length: count }, (_, i) => named(`${i}`, AUDIO));
  const bombs = [9, 64, 300].map((count) => compose([], ...sections(count)));
  const { UdpTransport } = await import("werift");
  const { init } = UdpTransport;
  let sockets = 0;
  UdpTransport.init = (...socket) => {
    sockets++;
    return init(...socket);
  };

  const start = performance.now();
  for (const bomb of bombs) {
    await assert.rejects(
      peers.answer("pc_1", bomb),
      (error: unknown) => error instanceof RunnerError && /media sections/.test(error.message),
    );
  }
  UdpTransport.init = init;

  assert.equal(sockets, 0);
  assert.ok(performance.now() - start < 500);
});

Deno.test("a refused offer is told once in the log, and why", async () => {
  const sdp = bundle(["m=audio 9 UDP/TLS/RTP/SAVPF 9", ...TRANSPORT, "a=rtpmap:9 G722/8000"]);

  const records = await recordsOf("info", async () => {
    await assert.rejects(weriftPeers().answer("pc_1", sdp), /offer Opus, PCMU or PCMA/);
    await delay(0);
  });

  assert.deepEqual(records.map(({ level, properties: { reason } }) => [level, reason]), [
    ["warning", "The offer has no audio codec in common; offer Opus, PCMU or PCMA."],
  ]);
});

Deno.test("offers that come without waiting for an answer are few", async () => {
  await using c = await call();
  const offer = c.client.pc.localDescription!.sdp;

  const answers = await Promise.allSettled(Array.from({ length: 30 }, () => c.peer.answer(offer)));

  const refused = answers.filter(({ status }) => status === "rejected");
  assert.equal(refused.length, 22);
  assert.match(await c.peer.answer(offer), /^v=0/);
});
