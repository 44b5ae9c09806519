import assert from "node:assert/strict";
import "@evan/opus/wasm/index.js"; // so that its package is there to compare with
import fc from "fast-check";
import {
  loadOpus,
  type OpusDecoderOptions,
  type OpusEncoder,
  type OpusEncoderOptions,
  opusPacketDuration,
  type OpusSampleRate,
} from "../../src/audio/opus.ts";
import { toMono, toStereo } from "../../src/audio/channels.ts";
import { OPUS_WASM_GZIP_BASE64 } from "../../src/audio/opus_wasm.ts";
import { RunnerError } from "../../src/core/error.ts";
import { concatenated, signalToNoise, sine, speechLike } from "./signals.ts";

const RATES: OpusSampleRate[] = [8000, 12_000, 16_000, 24_000, 48_000];
const opus = await loadOpus();

/** Encodes all whole frames of the samples. */
function packetsOf(samples: Int16Array, encoder: OpusEncoder, frameSamples: number): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let i = 0; i + frameSamples <= samples.length; i += frameSamples) {
    packets.push(encoder.encode(samples.subarray(i, i + frameSamples)));
  }
  encoder.free();
  return packets;
}

/** Takes samples there and back, in frames of 20 ms. */
function roundTrip(samples: Int16Array, from: OpusEncoderOptions, to: OpusDecoderOptions) {
  const packets = packetsOf(samples, opus.encoder(from), from.sampleRate / 50 * from.channels);
  const decoder = opus.decoder(to);
  const decoded = concatenated(packets.map((packet) => decoder.decode(packet)));
  decoder.free();
  return { packets, decoded };
}

/** The signal to noise ratio at the delay where it is best: Opus delays by 6.5 ms or so. */
function bestSignalToNoise(expected: Int16Array, actual: Int16Array, sampleRate: number): number {
  let best = -Infinity;
  for (let delay = 0; delay < sampleRate * 0.015; delay++) {
    best = Math.max(best, signalToNoise(expected, actual.subarray(delay)));
  }
  return best;
}

function isBadPacket(error: unknown): boolean {
  return error instanceof RunnerError && error.code === "bad_opus_packet";
}

Deno.test("the embedded codec is the one of the npm package", async () => {
  const packaged = await Deno.readFile(new URL(import.meta.resolve("@evan/opus/wasm/simd.wasm")));
  const gzip = new Blob([Uint8Array.fromBase64(OPUS_WASM_GZIP_BASE64)]).stream();
  const embedded = await new Response(gzip.pipeThrough(new DecompressionStream("gzip"))).bytes();
  assert.deepEqual(embedded, packaged);
});

for (const sampleRate of RATES) {
  Deno.test(`speech at ${sampleRate} Hz comes back as it was`, () => {
    const speech = speechLike(sampleRate, 1);
    const options = { sampleRate, channels: 1 } as const;
    const { decoded } = roundTrip(speech, options, options);
    assert.equal(decoded.length, speech.length);
    const ratio = bestSignalToNoise(speech, decoded, sampleRate);
    assert.ok(ratio > 10, `${ratio.toFixed(1)} dB`);
  });

  Deno.test(`a 48 kHz sender is heard at ${sampleRate} Hz`, () => {
    const tone = sine(440, 48_000, 1);
    const { decoded } = roundTrip(tone, { sampleRate: 48_000, channels: 1 }, {
      sampleRate,
      channels: 1,
    });
    assert.equal(decoded.length, sampleRate);
    const ratio = bestSignalToNoise(sine(440, sampleRate, 1), decoded, sampleRate);
    assert.ok(ratio > 15, `${ratio.toFixed(1)} dB`);
  });
}

Deno.test("a stereo packet is mixed by a mono decoder, and a mono packet doubled by a stereo one", () => {
  const left = sine(440, 48_000, 1, 12_000);
  const right = sine(660, 48_000, 1, 12_000);
  const stereo = toStereo(left);
  right.forEach((sample, i) => stereo[2 * i + 1] = sample);
  const one = { sampleRate: 48_000, channels: 1 } as const;
  const two = { sampleRate: 48_000, channels: 2 } as const;

  const mixed = roundTrip(stereo, { ...two, bitrate: 96_000 }, one).decoded;
  const doubled = roundTrip(left, one, two).decoded;

  const mono = toMono(stereo, 2);
  assert.equal(mixed.length, mono.length);
  assert.ok(bestSignalToNoise(mono, mixed, 48_000) > 15);
  assert.equal(doubled.length, 2 * left.length);
  assert.deepEqual(toStereo(toMono(doubled, 2)), doubled);
});

Deno.test("frames of 2.5 to 60 ms are encoded, and their packets say how long they are", () => {
  for (const durationMs of [2.5, 5, 10, 20, 40, 60]) {
    for (const sampleRate of RATES) {
      const encoder = opus.encoder({ sampleRate, channels: 1 });
      const decoder = opus.decoder({ sampleRate: 48_000, channels: 1 });
      const packet = encoder.encode(new Int16Array(sampleRate * durationMs / 1000));
      assert.equal(opusPacketDuration(packet), durationMs);
      assert.equal(decoder.decode(packet).length, 48 * durationMs);
      encoder.free();
      decoder.free();
    }
  }
});

Deno.test("a lost frame sounds better concealed than silent, and better still from FEC", () => {
  const sampleRate = 16_000;
  const speech = speechLike(sampleRate, 6);
  const packets = packetsOf(
    speech,
    opus.encoder({ sampleRate, channels: 1, fec: true, expectedLossPercent: 20 }),
    sampleRate / 50,
  );
  const perfect = opus.decoder({ sampleRate, channels: 1 });
  const expected = packets.map((packet) => perfect.decode(packet));
  const lost = expected.keys().filter((index) => index % 10 === 5).toArray();

  const ratio = (replacement: "silence" | "concealment" | "recovery"): number => {
    const decoder = opus.decoder({ sampleRate, channels: 1 });
    const heard = packets.map((packet, index) => {
      if (!lost.includes(index)) return decoder.decode(packet);
      if (replacement === "recovery") return decoder.recover(packets[index + 1]!, 20);
      const concealed = decoder.conceal(20);
      return replacement === "concealment" ? concealed : new Int16Array(concealed.length);
    });
    decoder.free();
    return signalToNoise(
      concatenated(lost.map((index) => expected[index]!)),
      concatenated(lost.map((index) => heard[index]!)),
    );
  };
  const [silence, concealment, recovery] = [
    ratio("silence"),
    ratio("concealment"),
    ratio("recovery"),
  ];

  assert.ok(concealment > silence + 0.5, `concealed ${concealment} dB, silent ${silence} dB`);
  assert.ok(recovery > concealment + 4, `recovered ${recovery} dB, concealed ${concealment} dB`);
  perfect.free();
});

Deno.test("without FEC in the packet a recovery conceals", () => {
  const tone = sine(440, 48_000, 0.2);
  const packets = packetsOf(tone, opus.encoder({ sampleRate: 48_000, channels: 1 }), 960);
  const decoder = opus.decoder({ sampleRate: 48_000, channels: 1 });
  for (const packet of packets.slice(0, 8)) decoder.decode(packet);
  const recovered = decoder.recover(packets[9]!, 20);
  assert.equal(recovered.length, 960);
  assert.ok(recovered.some((sample) => Math.abs(sample) > 1000));
  decoder.free();
});

Deno.test("silence needs almost no packets with DTX", () => {
  const encoder = opus.encoder({ sampleRate: 16_000, channels: 1, dtx: true });
  const packets = packetsOf(new Int16Array(32_000), encoder, 320);
  const sent = packets.filter((packet) => packet.length > 2);
  assert.ok(sent.length < packets.length / 3, `${sent.length} of ${packets.length} were sent`);
});

Deno.test("the bitrate is kept", () => {
  const bytes = (bitrate: number) =>
    packetsOf(
      speechLike(48_000, 2),
      opus.encoder({ sampleRate: 48_000, channels: 1, bitrate }),
      960,
    )
      .reduce((sum, packet) => sum + packet.length, 0);
  const [low, high] = [bytes(16_000), bytes(64_000)];
  assert.ok(low < 5200 && high > 10_000 && high < 17_500, `${low} and ${high} bytes in 2 s`);
});

Deno.test("packets and samples are copies that later calls leave alone", () => {
  const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
  const decoder = opus.decoder({ sampleRate: 48_000, channels: 1 });
  const first = encoder.encode(sine(440, 48_000, 0.02));
  const samples = decoder.decode(first);
  const [packetBefore, samplesBefore] = [first.slice(), samples.slice()];
  decoder.decode(encoder.encode(sine(3000, 48_000, 0.02)));
  assert.deepEqual(first, packetBefore);
  assert.deepEqual(samples, samplesBefore);
  encoder.free();
  decoder.free();
});

Deno.test("freed memory is used again", () => {
  // 70 kB each time: without a reuse this is more than the memory can ever hold.
  for (let i = 0; i < 100_000; i++) {
    const encoder = opus.encoder({ sampleRate: 48_000, channels: 2 });
    opus.decoder({ sampleRate: 48_000, channels: 2 }).free();
    encoder.free();
  }
});

Deno.test("codecs go on working when the memory grows under them", () => {
  const tone = sine(440, 48_000, 0.2);
  const packets = packetsOf(tone, opus.encoder({ sampleRate: 48_000, channels: 1 }), 960);
  const reference = opus.decoder({ sampleRate: 48_000, channels: 1 });
  const decoder = opus.decoder({ sampleRate: 48_000, channels: 1 });
  const crowd: OpusEncoder[] = [];
  for (const packet of packets) {
    const expected = reference.decode(packet);
    for (let i = 0; i < 40; i++) crowd.push(opus.encoder({ sampleRate: 48_000, channels: 2 }));
    assert.deepEqual(decoder.decode(packet), expected);
  }
  for (const codec of [reference, decoder, ...crowd]) codec.free();
});

Deno.test("malformed packets are refused and harm no decoder", () => {
  // A packet of the wild: a plausible first byte, then anything.
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40, size: "max" }),
    fc.uint8Array({ minLength: 100, maxLength: 1500, size: "max" }),
    fc.tuple(fc.nat(255), fc.nat(63), fc.uint8Array({ maxLength: 200, size: "max" }))
      .map(([toc, count, rest]) => Uint8Array.of(toc | 3, count, ...rest)),
  );
  const damage = fc.tuple(fc.nat(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }));
  const options = { sampleRate: 48_000, channels: 1, fec: true } as const;
  const good = packetsOf(speechLike(48_000, 1), opus.encoder(options), 960);
  const reference = opus.decoder({ sampleRate: 48_000, channels: 1 });
  const expected = good.map((packet) => reference.decode(packet));
  const bystander = opus.decoder({ sampleRate: 48_000, channels: 1 });
  const victims = ([1, 2] as const).map((channels) =>
    opus.decoder({ sampleRate: 48_000, channels })
  );
  let runs = 0;
  const attack = (packet: Uint8Array) => {
    for (const [index, victim] of victims.entries()) {
      for (const call of [() => victim.decode(packet), () => victim.recover(packet, 20)]) {
        try {
          assert.ok(call().length <= 5760 * (index + 1));
        } catch (error) {
          assert.ok(isBadPacket(error), String(error));
        }
      }
    }
    // Another decoder in the same memory notices nothing.
    const next = runs++ % good.length;
    if (runs <= good.length) assert.deepEqual(bystander.decode(good[next]!), expected[next]);
  };

  fc.assert(fc.property(bytes, attack), { numRuns: 10_000 });
  fc.assert(
    fc.property(damage, ([which, changes]) => {
      const packet = good[which % good.length]!.slice();
      for (const [at, value] of changes) packet[at % packet.length] = value;
      attack(packet);
    }),
    { numRuns: 2000 },
  );

  const after = opus.decoder({ sampleRate: 48_000, channels: 1 });
  assert.deepEqual(good.map((packet) => after.decode(packet)), expected);
  for (const decoder of [reference, bystander, after, ...victims]) decoder.free();
});

Deno.test("empty and oversized packets, and codecs that were freed, are refused", () => {
  const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
  const decoder = opus.decoder({ sampleRate: 48_000, channels: 1 });
  assert.throws(() => decoder.decode(new Uint8Array(0)), isBadPacket);
  assert.throws(() => decoder.recover(new Uint8Array(0), 20), isBadPacket);
  assert.throws(() => decoder.decode(new Uint8Array(100_000)), isBadPacket);
  for (const durationMs of [0, -20, 3, 122.5, NaN, Infinity]) {
    assert.throws(() => decoder.conceal(durationMs), RangeError);
  }
  const stereo = opus.encoder({ sampleRate: 48_000, channels: 2 });
  for (const length of [0, 1, 961, 1921, 100_000]) {
    assert.throws(() => encoder.encode(new Int16Array(length)), RangeError);
    assert.throws(() => stereo.encode(new Int16Array(length)), RangeError);
  }
  stereo.free();
  encoder.free();
  encoder.free();
  decoder.free();
  decoder.free();
  assert.throws(() => encoder.encode(new Int16Array(960)), TypeError);
  assert.throws(() => decoder.conceal(20), TypeError);
});

Deno.test("options out of range are refused", () => {
  const good = { sampleRate: 48_000, channels: 1 } as const;
  assert.throws(() => opus.encoder({ ...good, complexity: 11 }), RangeError);
  assert.throws(() => opus.encoder({ ...good, bitrate: 0 }), RangeError);
  assert.throws(() => opus.encoder({ ...good, expectedLossPercent: 101 }), RangeError);
  // What a caller without types could ask for.
  assert.throws(() => opus.encoder({ ...good, channels: 3 as 1 }), RangeError);
  assert.throws(() => opus.decoder({ ...good, sampleRate: 44_100 as 48_000 }), RangeError);
});

Deno.test("the duration of any packet is what the decoder makes of it", () => {
  const decoder = opus.decoder({ sampleRate: 48_000, channels: 1 });
  const packet = fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 60, size: "max" }))
    .map(([toc, rest]) => Uint8Array.of(toc, ...rest));
  fc.assert(
    fc.property(packet, (bytes) => {
      const durationMs = opusPacketDuration(bytes);
      let length: number | undefined;
      try {
        length = decoder.decode(bytes).length;
      } catch (error) {
        assert.ok(isBadPacket(error));
      }
      if (length !== undefined) assert.equal(durationMs, length / 48);
    }),
    { numRuns: 3000 },
  );
  const sevenFrames = Uint8Array.of(0xff, 7); // 140 ms, which is too long
  for (const malformed of [new Uint8Array(0), Uint8Array.of(0xff), sevenFrames]) {
    assert.equal(opusPacketDuration(malformed), 0);
  }
  decoder.free();
});

Deno.test("an encoder that expects more losses keeps a better copy of the frame before", () => {
  const rate = 16_000;
  const speech = speechLike(rate, 2);
  const rebuilt = (percent: number) => {
    const encoder = opus.encoder({ sampleRate: rate, channels: 1, fec: true, bitrate: 24_000 });
    encoder.expectLoss(percent);
    const [whole, lossy] = [0, 1].map(() => opus.decoder({ sampleRate: rate, channels: 1 }));
    const original: Int16Array[] = [];
    const copies: Int16Array[] = [];
    for (let at = 0; at + 640 <= speech.length; at += 640) {
      const [lost, next] = [0, 320].map((by) =>
        encoder.encode(speech.subarray(at + by, at + by + 320))
      );
      original.push(whole!.decode(lost!));
      whole!.decode(next!);
      copies.push(lossy!.recover(next!, 20));
      lossy!.decode(next!);
    }
    for (const codec of [encoder, whole!, lossy!]) codec.free();
    return signalToNoise(concatenated(original), concatenated(copies));
  };

  assert.ok(rebuilt(30) > rebuilt(1) + 1, `${rebuilt(30)} dB and ${rebuilt(1)} dB`);
});
