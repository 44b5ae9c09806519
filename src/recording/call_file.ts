/**
 * The file that tells of one call: what the runner records, and what the page downloads.
 *
 * @module
 */

/** The version of the format; another one is refused. */
export const CALL_FILE_VERSION = 1;

/** Who did something. */
export type CallFileSide = "user" | "bot";

/** What is known of the session. */
export interface CallFileSession {
  /** The session's id, as in the log; absent where the page was not told. */
  readonly id?: string | undefined;
  /** How the client was connected, such as `webrtc` or `twilio`. */
  readonly transport: string;
  /** When it began, as in ISO 8601. */
  readonly startedAt: string;
  /** How long it took, in ms. */
  readonly durationMs: number;
  /** How it ended: `returned`, `left`, `failed`, `limit`, `closing` or `aborted`. */
  readonly outcome?: string | undefined;
  /** The caller's number, where numbers were asked for. */
  readonly from?: string | undefined;
  /** The number that was called, where numbers were asked for. */
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

/** A message that went by. */
export interface CallFileMessage {
  /** Since the session began, in ms; it is the time of the sound, too. */
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
  /** What it is: `cut` says that not all was kept. */
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
  /** Whose it is, where it is somebody's. */
  readonly side?: CallFileSide | undefined;
  /** How long it took, in ms: of speech. */
  readonly durationMs?: number | undefined;
  /** The key, the mark, or what else there is to say. */
  readonly label?: string | undefined;
}

/** One call. */
export interface CallFile {
  /** Of the format. */
  readonly version: typeof CALL_FILE_VERSION;
  /** Whose call it is. */
  readonly session: CallFileSession;
  /** Where its sound is; absent without any. */
  readonly audio?: CallFileAudio | undefined;
  /** In the order of time. */
  readonly messages: readonly CallFileMessage[];
  /** In the order of time. */
  readonly events: readonly CallFileEvent[];
  /** What only the page knows: the quality of the connection, loudness, the way into the call. */
  readonly page?: unknown;
}
