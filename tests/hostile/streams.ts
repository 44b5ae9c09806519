/**
 * WebSockets that no honest client opens: the frames of each as bytes, from the handshake to the end.
 */
import fc from "fast-check";
import { serverMessage } from "../../src/rtvi/protocol.ts";
import { encodeAudio, encodeMessage } from "../../src/serializers/protobuf.ts";
import { FROM_CARRIER } from "../carriers/messages.ts";
import { bytesOf, mutated, oddJson, spoiled } from "./values.ts";

/** One frame of a WebSocket, or what looks like one. */
export interface FrameInput {
  readonly opcode: number;
  /** One character a byte. */
  readonly payload: string;
  readonly final: boolean;
  readonly masked: boolean;
  /** The three reserved bits. */
  readonly reserved: number;
  /** The length that the frame claims, where it is not that of its payload. */
  readonly claims?: number;
}

/** A WebSocket from its beginning to its end. */
export interface StreamInput {
  readonly kind: string;
  /** May hold `{websocket}` and `{token}`. */
  readonly target: string;
  readonly frames: readonly FrameInput[];
  /**
   * How it ends: by a close frame, by the end of the connection, in the midst of a frame, or not at
   * all. A deaf one does not end either, and reads nothing; an early one ends before the answer.
   */
  readonly ending: "close" | "drop" | "half" | "silent" | "deaf" | "early";
  /** The payload of the close frame, one character a byte. */
  readonly closing: string;
}

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;

const frame = (opcode: number, payload: string): FrameInput => ({
  opcode,
  payload,
  final: true,
  masked: true,
  reserved: 0,
});
const text = (payload: string) => frame(TEXT, payload);
const binary = (payload: string) => frame(BINARY, payload);
const latin1 = (bytes: Uint8Array) => {
  let characters = "";
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return characters;
};

/** A frame that breaks the protocol. */
const brokenFrame: fc.Arbitrary<FrameInput> = fc.record({
  opcode: fc.nat(15),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 130 }).map(latin1),
    fc.constantFrom("", "x".repeat(126), "x".repeat(65_536)),
  ),
  final: fc.boolean(),
  masked: fc.boolean(),
  reserved: fc.constantFrom(0, 0, 0, 1, 2, 4),
  claims: fc.constantFrom(0, 1, 125, 126, 65_536, 2 ** 31, 2 ** 53 - 1),
}, { requiredKeys: ["opcode", "payload", "final", "masked", "reserved"] });

/** A message in two frames or more, with a ping in between. */
const fragmented = (message: fc.Arbitrary<FrameInput>): fc.Arbitrary<FrameInput[]> =>
  fc.tuple(message, fc.nat(1000)).map(([whole, at]) => {
    const cut = whole.payload.length === 0 ? 0 : at % whole.payload.length;
    return [
      { ...whole, payload: whole.payload.slice(0, cut), final: false },
      frame(9, "p"),
      { ...whole, opcode: 0, payload: whole.payload.slice(cut) },
    ];
  });

const closePayload: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    "\x03",
    "\x03\xe8",
    "\x03\xe8bye",
    "\x00\x00",
    "\x03\xed",
    "\x03\xee",
    "\x03\xf7",
    "\x0b\xb8\xff\xfe",
    "\xff\xff",
    "\x13\x88" + "r".repeat(123),
    "\x13\x88" + "r".repeat(200),
  ),
  fc.uint8Array({ maxLength: 10 }).map(latin1),
);

const ending = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom("close", "drop", "half") },
  { weight: 2, arbitrary: fc.constantFrom("silent", "deaf", "early") },
);

const carriers = ["twilio", "telnyx", "plivo", "exotel"] as const;

const phoneStream: fc.Arbitrary<StreamInput> = fc.constantFrom(...carriers).chain((carrier) => {
  const messages = Object.values<Record<string, unknown>>(FROM_CARRIER[carrier]);
  const start: Record<string, unknown> = FROM_CARRIER[carrier].start;
  const valid = (message: Record<string, unknown>) => text(bytesOf(JSON.stringify(message)));
  const others = fc.constantFrom(
    ...Object.values(FROM_CARRIER).flatMap((of) => Object.values<Record<string, unknown>>(of)),
  );
  const hostile: fc.Arbitrary<readonly FrameInput[]> = fc.oneof(
    { weight: 8, arbitrary: spoiled(...messages).map((json) => [text(json)]) },
    { weight: 4, arbitrary: fc.constantFrom(...messages).map((message) => [valid(message)]) },
    { weight: 2, arbitrary: fc.constant([valid(start), valid(start)]) },
    { weight: 2, arbitrary: others.map((message) => [valid(message)]) },
    { weight: 2, arbitrary: oddJson.map((json) => [text(bytesOf(json))]) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((b) => [binary(latin1(b))]) },
    { weight: 1, arbitrary: fragmented(fc.constantFrom(...messages).map(valid)) },
    {
      weight: 1,
      arbitrary: mutated(fc.constantFrom(...messages).map((m) => bytesOf(JSON.stringify(m))))
        .map((json) => [text(json)]),
    },
    { weight: 1, arbitrary: brokenFrame.map((broken) => [broken]) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(70_000, 300_000).map((size) => [
        text(`{"event":"media","media":{"payload":"${"A".repeat(size)}"}}`),
      ]),
    },
  );
  const prologue = fc.oneof(
    { weight: 5, arbitrary: fc.constant([valid(start)]) },
    { weight: 3, arbitrary: spoiled(start).map((json) => [text(json)]) },
    { weight: 2, arbitrary: fc.constant([]) },
  );
  return fc.record({
    kind: fc.constant(`phone ${carrier}`),
    target: fc.constantFrom("/ws", "/ws/{token}", "/ws?token={token}", "/ws", "/ws/nonsense"),
    prologue,
    frames: fc.array(hostile, { maxLength: 12 }),
    ending,
    closing: closePayload,
  }).map(({ prologue, frames, ...rest }) => ({ ...rest, frames: [...prologue, ...frames.flat()] }));
});

const rtvi = (type: string, data: unknown) => ({ id: "1", label: "rtvi-ai", type, data });

/** What an honest RTVI client says. */
export const RTVI_MESSAGES: readonly Record<string, unknown>[] = [
  rtvi("client-ready", { version: "1.2.0", about: { library: "x", platform_details: {} } }),
  rtvi("client-message", { t: "hello", d: { a: [1, 2] } }),
  rtvi("send-text", { content: "hi", options: { run_immediately: true, audio_response: false } }),
  rtvi("llm-function-call-result", {
    function_name: "f",
    tool_call_id: "1",
    arguments: {},
    result: { a: 1 },
  }),
  rtvi("dtmf", { buttons: ["1", "#"] }),
  rtvi("raw-audio", { base64Audio: "AAAA", sampleRate: 16_000, numChannels: 1 }),
  rtvi("raw-audio-batch", { base64AudioBatch: ["AAAA"], sampleRate: 16_000, numChannels: 1 }),
  rtvi("ui-event", { event: "e", payload: null }),
  rtvi("ui-snapshot", { tree: {} }),
  rtvi("ui-cancel-job-group", { job_id: "1" }),
  { ...serverMessage("bot-ready", { version: "1.0.0" }) },
];

/** An app message of a client, as text of which one character is a byte. */
export const appMessage: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: spoiled(...RTVI_MESSAGES) },
  { weight: 1, arbitrary: oddJson.map(bytesOf) },
  {
    weight: 1,
    arbitrary: mutated(fc.constantFrom(...RTVI_MESSAGES).map((m) => bytesOf(JSON.stringify(m)))),
  },
);

const audio = fc.tuple(
  fc.int16Array({ maxLength: 400 }),
  fc.constantFrom(8000, 16_000, 24_000, 44_100, 48_000, 0, 1, 2 ** 32 - 1, 12_345),
  fc.constantFrom(1, 2, 0, 3),
).map(([samples, sampleRate, channels]) =>
  // Number of channels and rate may be anything on the wire.
  latin1(encodeAudio({ samples, sampleRate, channels: channels as 1 | 2 }))
);

/** JSON as it stands, whether it is any or not, in the frame of a message. */
const wrapped = appMessage.map((json) => {
  const pad = " ".repeat(json.length); // as long as the JSON, which then takes its place
  const framed = latin1(encodeMessage(pad));
  return framed.replace(`"${pad}"`, () => ` ${json} `);
});

const clientStream: fc.Arbitrary<StreamInput> = fc.record({
  kind: fc.constant("browser"),
  target: fc.constantFrom(
    "/ws-client",
    "/ws-client/{websocket}",
    "/ws-client?body=e30=",
    "/ws-client?body=W1tbW1tbXV1dXV1d",
    "/ws-client?token={token}",
  ),
  frames: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: wrapped.map((bytes) => [binary(bytes)]) },
      { weight: 3, arbitrary: audio.map((bytes) => [binary(bytes)]) },
      { weight: 3, arbitrary: mutated(audio).map((bytes) => [binary(bytes)]) },
      { weight: 2, arbitrary: mutated(wrapped).map((bytes) => [binary(bytes)]) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((b) => [binary(latin1(b))]) },
      { weight: 1, arbitrary: appMessage.map((json) => [text(json)]) },
      { weight: 1, arbitrary: fragmented(wrapped.map(binary)) },
      { weight: 1, arbitrary: brokenFrame.map((broken) => [broken]) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(64_000, 1_100_000).map((size) => [binary("\x0a".repeat(size))]),
      },
      { weight: 1, arbitrary: wrapped.map((bytes) => Array(50).fill(binary(bytes))) },
    ),
    { maxLength: 12 },
  ).map((frames) => frames.flat()),
  ending,
  closing: closePayload,
});

/** WebSockets of every kind. */
export const streamInput: fc.Arbitrary<StreamInput> = fc.oneof(
  { weight: 3, arbitrary: phoneStream },
  { weight: 2, arbitrary: clientStream },
);

/** A frame as it goes over the wire. */
export function encodeFrame(input: FrameInput): Uint8Array<ArrayBuffer> {
  const { opcode, payload, final, masked, reserved } = input;
  const length = input.claims ?? payload.length;
  const head = [(final ? 0x80 : 0) | reserved << 4 | opcode];
  const mask = masked ? 0x80 : 0;
  if (length < 126) head.push(mask | length);
  else if (length < 65_536) head.push(mask | 126, length >> 8, length & 255);
  else {
    head.push(mask | 127);
    for (let shift = 56; shift >= 0; shift -= 8) {
      head.push(Number(BigInt(length) >> BigInt(shift) & 255n));
    }
  }
  const key = [1, 2, 3, 4];
  if (masked) head.push(...key);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  for (let i = 0; i < payload.length; i++) {
    bytes[head.length + i] = payload.charCodeAt(i) ^ (masked ? key[i % 4] ?? 0 : 0);
  }
  return bytes;
}

/** The close frame of a stream. */
export function closeFrame({ closing }: StreamInput): Uint8Array<ArrayBuffer> {
  return encodeFrame(frame(CLOSE, closing));
}
