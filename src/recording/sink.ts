/**
 * The port to where recordings are stored: a folder, or an object store.
 *
 * @module
 */
import type { CallFile } from "./call_file.ts";

/** A recording, before it has any content. */
export interface RecordingStart {
  /** The session's id. */
  readonly sessionId: string;
  /** The recording's name, without an extension: it sorts by time. */
  readonly name: string;
  /** The header of a WAV file of unknown length: 44 bytes. */
  readonly header: Uint8Array<ArrayBuffer>;
}

/** What a recording ends with. */
export interface RecordingEnd {
  /** What happened in the call. */
  readonly call: CallFile;
  /** The sound's sample rate, in Hz. */
  readonly sampleRate: number;
}

/** Where one recording is written. */
export interface RecordingTarget {
  /** Takes the next sound: 16-bit PCM, little endian, the user left and the bot right. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /**
   * Everything was written. From now on the recording may appear under its name.
   *
   * @param header The header with the real length, to replace the first 44 bytes if possible; a
   * file without it is readable, too.
   */
  finish(header: Uint8Array<ArrayBuffer>, end: RecordingEnd): Promise<void>;
  /** The recording has failed: nothing of it may appear. */
  abort(): Promise<void>;
}

/** Stores recordings. */
export interface RecordingSink {
  /** Opens the recording of a session. */
  open(start: RecordingStart): Promise<RecordingTarget>;
}
