/**
 * How OpenAI's Realtime API makes one configuration of what a client updates.
 *
 * @module
 */
import type { SessionConfig } from "./openai_realtime_messages.ts";

/** Samples per second, either way, in Hz. */
export const RATE = 24_000;

/** The configuration after an update, which changes what it names. */
export function merged(before: SessionConfig | undefined, update: SessionConfig): SessionConfig {
  return {
    ...before,
    ...update,
    audio: {
      input: { ...before?.audio?.input, ...update.audio?.input },
      output: { ...before?.audio?.output, ...update.audio?.output },
    },
  };
}

/** What the server tells of a configuration: what it does unasked, too. */
export function withDefaults({ audio, ...config }: SessionConfig): object {
  const format = { type: "audio/pcm", rate: RATE };
  const detection = { create_response: true, interrupt_response: true };
  const given = audio?.input?.turn_detection;
  return {
    ...config,
    audio: {
      input: {
        format,
        ...audio?.input,
        turn_detection: given === null ? null : { type: "server_vad", ...detection, ...given },
      },
      output: { format, voice: "marin", ...audio?.output },
    },
  };
}
