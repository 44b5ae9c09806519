/**
 * The first message of Pipecat's eval harness, by which it is known.
 *
 * @module
 */
import type { EvalFlags } from "../../core/bot.ts";
import { RTVI_LABEL } from "../../rtvi/protocol.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads what the harness asks for. A missing flag is not set; undefined for any other message. By
 * hand, because most streams are a carrier's, and none of them should wait for zod.
 */
export function readConnect(message: unknown): EvalFlags | undefined {
  const { label, type, data } = fields(message);
  const { t, d } = fields(data);
  if (label !== RTVI_LABEL || type !== "client-message" || t !== "eval-connect") return undefined;
  const { skip_tts, capture_bot_audio, capture_bot_images } = fields(d);
  return {
    skipTts: skip_tts === true,
    captureBotAudio: capture_bot_audio === true,
    captureBotImages: capture_bot_images === true,
  };
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}
