import assert from "node:assert/strict";
import fc from "fast-check";
import protobuf from "protobufjs";
import { decodeFrame, encodeAudio, encodeMessage } from "../../src/serializers/protobuf.ts";
import { jsonValues } from "../support/json_values.ts";

/** Pipecat's own schema, read by an encoder that shares nothing with ours. */
const Frame = protobuf.parse(`
  syntax = "proto3";
  package pipecat;
  message TextFrame { uint64 id = 1; string name = 2; string text = 3; }
  message AudioRawFrame {
    uint64 id = 1; string name = 2; bytes audio = 3; uint32 sample_rate = 4;
    uint32 num_channels = 5; optional uint64 pts = 6;
  }
  message TranscriptionFrame {
    uint64 id = 1; string name = 2; string text = 3; string user_id = 4; string timestamp = 5;
  }
  message MessageFrame { string data = 1; }
  message InterruptionFrame { uint64 id = 1; string name = 2; }
  message Frame {
    oneof frame {
      TextFrame text = 1; AudioRawFrame audio = 2; TranscriptionFrame transcription = 3;
      MessageFrame message = 4; InterruptionFrame interruption = 5;
    }
  }
`).root.lookupType("pipecat.Frame");

const RUNS = 10_000;

function theirs(frame: Record<string, unknown>): Uint8Array {
  return Frame.encode(Frame.fromObject(frame)).finish();
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const pcm = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 400 });
const rate = fc.integer({ min: 8000, max: 48_000 });

Deno.test("the golden frames of Pipecat are written byte for byte", () => {
  assert.equal(
    hex(encodeAudio({ samples: Int16Array.of(256), sampleRate: 16_000, channels: 1 })),
    "121012056175" + "64696f1a02000120807d2801",
  );
  assert.deepEqual(decodeFrame(Uint8Array.fromHex("22040a026869")).type, "malformed"); // `hi` is no JSON
  assert.equal(hex(encodeMessage("hi")), "22060a0422686922");
});

Deno.test("an independent decoder reads the audio that is written", () => {
  fc.assert(
    fc.property(pcm, rate, (values, sampleRate) => {
      const samples = Int16Array.from(values);
      const { audio } = Frame.toObject(
        Frame.decode(encodeAudio({ samples, sampleRate, channels: 1 })),
        { defaults: true },
      );
      assert.deepEqual(
        { rate: audio.sampleRate, channels: audio.numChannels, name: audio.name },
        { rate: sampleRate, channels: 1, name: "audio" },
      );
      assert.deepEqual(new Int16Array(Uint8Array.from(audio.audio).buffer), samples);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("audio of an independent encoder is read, whatever else it carries", () => {
  fc.assert(
    fc.property(
      pcm,
      rate,
      fc.option(fc.nat()),
      fc.string(),
      fc.nat(),
      fc.nat({ max: 3 }),
      (values, sampleRate, pts, name, id, offset) => {
        const samples = Int16Array.from(values);
        const bytes = theirs({
          audio: {
            id,
            name,
            audio: new Uint8Array(samples.buffer),
            sampleRate,
            numChannels: 1,
            ...(pts === null ? {} : { pts }),
          },
        });
        // Messages do not begin at an even address of their buffer.
        const shifted = new Uint8Array(bytes.length + offset);
        shifted.set(bytes, offset);

        const frame = decodeFrame(shifted.subarray(offset));

        assert.deepEqual(frame, { type: "audio", samples, sampleRate, channels: 1 });
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("messages pass both ways", () => {
  fc.assert(
    fc.property(jsonValues, (value) => {
      const data = JSON.parse(JSON.stringify(value)); // -0 is no JSON
      assert.deepEqual(decodeFrame(theirs({ message: { data: JSON.stringify(data) } })), {
        type: "message",
        data,
      });
      const { message } = Frame.toObject(Frame.decode(encodeMessage(data)));
      assert.deepEqual(JSON.parse(message.data), data);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("garbage, cut and changed frames are malformed or another frame, never an exception", () => {
  const valid = fc.oneof(
    pcm.map((values) =>
      encodeAudio({ samples: Int16Array.from(values), sampleRate: 16_000, channels: 1 })
    ),
    jsonValues.map(encodeMessage),
  );
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.tuple(valid, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1))),
    fc.tuple(valid, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
      const changed = bytes.slice();
      changed[at % bytes.length] = byte;
      return changed;
    }),
  );
  fc.assert(
    fc.property(hostile, (bytes) => {
      const kinds = ["audio", "message", "ignored", "malformed"];
      assert.ok(kinds.includes(decodeFrame(bytes).type));
    }),
    { numRuns: RUNS },
  );
});

const REFUSED: [string, Record<string, unknown>][] = [
  ["half a sample", { audio: new Uint8Array(3), sampleRate: 16_000, numChannels: 1 }],
  ["no rate", { audio: new Uint8Array(2), numChannels: 1 }],
  ["a rate of 4 GHz", { audio: new Uint8Array(2), sampleRate: 4e9, numChannels: 1 }],
  ["no channels", { audio: new Uint8Array(2), sampleRate: 16_000 }],
  ["three channels", { audio: new Uint8Array(6), sampleRate: 16_000, numChannels: 3 }],
  ["half a stereo sample", { audio: new Uint8Array(2), sampleRate: 16_000, numChannels: 2 }],
];
for (const [name, audio] of REFUSED) {
  Deno.test(`audio with ${name} is malformed`, () => {
    assert.equal(decodeFrame(theirs({ audio })).type, "malformed");
  });
}

Deno.test("other kinds of frame are ignored", () => {
  const others = [
    { text: { text: "hello" } },
    { transcription: { text: "hello", userId: "u" } },
    { interruption: { id: 1 } },
    {},
  ];
  assert.deepEqual(
    others.map((frame) => decodeFrame(theirs(frame)).type),
    others.map(() => "ignored"),
  );
});
