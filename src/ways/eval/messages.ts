/**
 * What Pipecat's eval harness sends besides RTVI, as `pipecat/evals/serializer.py` of Pipecat
 * 1.14.0 reads and writes it.
 *
 * @module
 */
import * as z from "../../core/zod.ts";
import { samplesFromBytes } from "../../audio/pcm.ts";
import { decodeBase64 } from "../../core/base64.ts";
import type { AudioFrame } from "../../core/frame.ts";
import { HIGHEST_RATE, LOWEST_RATE } from "../../core/playable.ts";
import { RTVI_LABEL } from "../../rtvi/protocol.ts";

/** What the harness has said. */
export type HarnessMessage =
  /** A piece of its user's speech. */
  | { readonly kind: "audio"; readonly frame: AudioFrame }
  /** A picture that its user holds up, and the file that it is for bots which take no snapshots. */
  | { readonly kind: "picture"; readonly data: Uint8Array; readonly file: unknown }
  /** It ends the session. */
  | { readonly kind: "cancel" }
  /** It asks for nothing that a bot here must do. */
  | { readonly kind: "ignored" }
  | { readonly kind: "malformed"; readonly detail: string }
  /** RTVI, or an app message: for the bot. */
  | { readonly kind: "message"; readonly data: unknown };

const Audio = z.looseObject({
  label: z.literal(RTVI_LABEL),
  type: z.literal("raw-audio"),
  data: z.looseObject({
    base64Audio: z.string(),
    sampleRate: z.number().check(z.gte(LOWEST_RATE), z.lte(HIGHEST_RATE)),
    numChannels: z.union([z.literal(1), z.literal(2)]),
  }),
});
const Own = z.looseObject({
  id: z.string(),
  label: z.literal(RTVI_LABEL),
  type: z.literal("client-message"),
  data: z.looseObject({ t: z.string(), d: z.optional(z.unknown()) }),
});
const Image = z.looseObject({ image: z.string(), format: z.optional(z.string()) });

/** Reads a message, as JSON was parsed. */
export function readHarness(message: unknown): HarnessMessage {
  if (message === undefined) return { kind: "malformed", detail: "no JSON" };
  if (isAudio(message)) return readAudio(message);
  const own = Own.safeParse(message);
  if (!own.success) return { kind: "message", data: message };
  const { id, data: { t, d } } = own.data;
  switch (t) {
    case "eval-cancel":
      return { kind: "cancel" };
    // A second connect says nothing new. What is reported, and how much of it, the bot decides.
    case "eval-connect":
    case "eval-configure":
      return { kind: "ignored" };
    case "eval-image":
      return readImage(id, d);
    default: // including eval-context: a bot that has a context knows what to do with it
      return { kind: "message", data: message };
  }
}

/** Makes a message of the bot's end. */
export function evalMessage(type: "eval-bot-audio" | "eval-bot-image", data: unknown): unknown {
  return { label: RTVI_LABEL, type, data };
}

/** Looks at the type first: audio arrives 25 times a second. */
function isAudio(message: unknown): boolean {
  return typeof message === "object" && message !== null && "type" in message &&
    message.type === "raw-audio";
}

function readAudio(message: unknown): HarnessMessage {
  const parsed = Audio.safeParse(message);
  if (!parsed.success) return { kind: "malformed", detail: "raw-audio of another shape" };
  const { base64Audio, sampleRate, numChannels: channels } = parsed.data.data;
  const bytes = decodeBase64(base64Audio);
  if (!bytes || bytes.length % (2 * channels) !== 0) {
    return { kind: "malformed", detail: "audio that is not PCM of 16 bits in base64" };
  }
  const samples = samplesFromBytes(bytes);
  return { kind: "audio", frame: { type: "audio", samples, sampleRate, channels } };
}

/** Also as the file that a browser's user would send, to keep for later. */
function readImage(id: string, payload: unknown): HarnessMessage {
  const parsed = Image.safeParse(payload);
  if (!parsed.success) return { kind: "malformed", detail: "eval-image of another shape" };
  const { image, format = "image/jpeg" } = parsed.data;
  const bytes = decodeBase64(image);
  if (!bytes) return { kind: "malformed", detail: "a picture that is not base64" };
  const data = {
    content: "",
    file: { format, source: { type: "bytes", bytes: image } },
    options: { run_immediately: false, audio_response: false },
  };
  const file = { id, label: RTVI_LABEL, type: "send-file", data };
  return { kind: "picture", data: bytes, file };
}
