/**
 * The file that describes one call: recorded by the runner, or saved by the page.
 *
 * @module
 */

/** The version of the format; others are refused. */
export const CALL_FILE_VERSION = 1;

/** Who did something. */
export type CallFileSide = "user" | "bot";

/** What is known about the session. */
export interface CallFileSession {
  /** The session's id, as in the log; absent if the page does not know it. */
  readonly id?: string | undefined;
  /** How the client was connected, such as `webrtc` or `twilio`. */
  readonly transport: string;
  /** When it began, as in ISO 8601. */
  readonly startedAt: string;
  /** How long it lasted, in ms. */
  readonly durationMs: number;
  /** How it ended: `returned`, `left`, `failed`, `limit`, `closing` or `aborted`. */
  readonly outcome?: string | undefined;
  /** The caller's number, if numbers were requested. */
  readonly from?: string | undefined;
  /** The called number, if numbers were requested. */
  readonly to?: string | undefined;
}

/** The sound beside the file: a WAV, the user left and the bot right. */
export interface CallFileAudio {
  /** Its name, in the same folder. */
  readonly file: string;
  /** Samples per second and channel, in Hz. */
  readonly sampleRate: number;
  /** When it begins, in ms since the session began. Default: 0. */
  readonly fromMs?: number | undefined;
}

/** A message that passed. */
export interface CallFileMessage {
  /** Since the session began, in ms; also its time in the sound. */
  readonly ms: number;
  /** Who sent it. */
  readonly from: CallFileSide;
  /** The type of an RTVI message, or of a carrier's. */
  readonly type: string;
  /** What it says. */
  readonly data?: unknown;
}

/** Something that happened at one moment. */
export interface CallFileEvent {
  /** Since the session began, in ms. */
  readonly ms: number;
  /** What it is: `cut` means that not everything was kept. */
  readonly kind:
    | "speech"
    | "interrupted"
    | "key"
    | "mark"
    | "clear"
    | "tool"
    | "warning"
    | "broken"
    | "cut"
    | "end";
  /** Whose it is, if it is somebody's. */
  readonly side?: CallFileSide | undefined;
  /** How long it lasted, in ms: for speech. */
  readonly durationMs?: number | undefined;
  /** The key, the mark, or other details. */
  readonly label?: string | undefined;
}

/** One call. */
export interface CallFile {
  /** The version of the format. */
  readonly version: typeof CALL_FILE_VERSION;
  /** Whose call it is. */
  readonly session: CallFileSession;
  /** Where its sound is; absent if there is none. */
  readonly audio?: CallFileAudio | undefined;
  /** In the order of time. */
  readonly messages: readonly CallFileMessage[];
  /** In the order of time. */
  readonly events: readonly CallFileEvent[];
  /** What only the page knows: connection quality, loudness, the steps of connecting. */
  readonly page?: unknown;
}
