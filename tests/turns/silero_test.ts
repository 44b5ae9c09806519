import assert from "node:assert/strict";
import { type OnnxRuntime, silero } from "../../src/turns/mod.ts";

interface Input {
  readonly samples: readonly number[];
  readonly shape: readonly number[];
  readonly state: unknown;
  readonly rate: unknown;
}

/** ONNX Runtime with a model that is as sure as it is told, and whose state counts. */
function runtime(confidences: readonly number[], outputs = true) {
  const inputs: Input[] = [];
  let loaded = 0;
  class Tensor {
    readonly data: Float32Array | BigInt64Array;
    readonly shape: readonly number[];
    constructor(_type: string, data: Float32Array | BigInt64Array, shape: readonly number[]) {
      this.data = data;
      this.shape = shape;
    }
  }
  const first = ({ data }: { readonly data: unknown }) =>
    data instanceof Float32Array || data instanceof BigInt64Array ? data[0] : undefined;
  const ort: OnnxRuntime = {
    Tensor,
    InferenceSession: {
      create(model) {
        loaded++;
        assert.equal(model.length, 3);
        return Promise.resolve({
          run({ input, state, sr }) {
            assert.ok(input instanceof Tensor && state && sr);
            inputs.push({
              samples: Array.from(input.data, Number),
              shape: input.shape,
              state: first(state),
              rate: first(sr),
            });
            const sure = confidences[inputs.length - 1] ?? 0;
            const stateN = new Float32Array(256).fill(inputs.length);
            return Promise.resolve(
              outputs
                ? {
                  output: new Tensor("float32", Float32Array.of(sure), [1, 1]),
                  stateN: new Tensor("float32", stateN, [2, 1, 128]),
                }
                : {},
            );
          },
        });
      },
    },
  };
  return { vad: silero({ ort, model: new Uint8Array(3) }), inputs, loaded: () => loaded };
}

Deno.test("the model is loaded once, when it is needed, for all streams", async () => {
  const { vad, loaded } = runtime([]);
  assert.equal(loaded(), 0);

  const rates = await Promise.all([8000, 16_000, 48_000].map((rate) => vad.open(rate)));

  assert.equal(loaded(), 1);
  assert.deepEqual(rates.map(({ sampleRate }) => sampleRate), [8000, 16_000, 16_000]);
  assert.deepEqual(rates.map(({ windowSize }) => windowSize), [256, 512, 512]);
});

Deno.test("each window comes with the end of the one before, and with the state", async () => {
  const { vad, inputs } = runtime([0.5, 0.25]);
  const stream = await vad.open(8000);
  const window = Int16Array.from({ length: 256 }, (_, i) => i * 128);

  const sure = [await stream.confidence(window), await stream.confidence(new Int16Array(256))];

  assert.deepEqual(sure, [0.5, 0.25]);
  const [one, two] = inputs;
  assert.deepEqual([one?.shape, one?.rate, one?.state, two?.state], [[1, 288], 8000n, 0, 1]);
  assert.deepEqual(one?.samples.slice(0, 34), [...Array(33).fill(0), 1 / 256]);
  assert.deepEqual(two?.samples.slice(0, 33), [...one!.samples.slice(-32), 0]);
});

Deno.test("after two seconds the model begins again, but only where surely nobody speaks", async () => {
  const speech = [...Array(70).fill(0.9), 0.05, 0.05, 0.4, ...Array(10).fill(0.05)];
  const { vad, inputs } = runtime(speech);
  const stream = await vad.open(16_000);

  for (let i = 0; i < speech.length; i++) await stream.confidence(new Int16Array(512).fill(1));

  const begun = inputs.flatMap(({ state }, i) => state === 0 ? [i] : []);
  assert.deepEqual(begun, [0, 78]);
  assert.deepEqual(inputs[78]?.samples.slice(0, 64), Array(64).fill(0));
});

Deno.test("another model is refused", async () => {
  const { vad } = runtime([], false);
  const stream = await vad.open(16_000);

  await assert.rejects(async () => await stream.confidence(new Int16Array(512)), {
    name: "TypeError",
    message: "The model is not Silero's voice detector of version 5 or 6.",
  });
});
