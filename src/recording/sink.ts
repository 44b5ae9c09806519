/**
 * The port to where recordings are kept: a folder, or a store of objects.
 *
 * @module
 */
import type { CallFile } from "./call_file.ts";

/** What is recorded, before there is anything of it. */
export interface RecordingStart {
  /** The session's id. */
  readonly sessionId: string;
  /** The name that the recording is to have, without an ending: it sorts by time. */
  readonly name: string;
  /** The header of a WAV file whose length is not known yet: 44 bytes. */
  readonly header: Uint8Array<ArrayBuffer>;
}

/** What a recording ends with. */
export interface RecordingEnd {
  /** What happened in the call. */
  readonly call: CallFile;
  /** Of the sound, in Hz. */
  readonly sampleRate: number;
}

/** Where one recording goes to. */
export interface RecordingTarget {
  /** Takes the sound that follows: 16-bit PCM, little endian, the user left and the bot right. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /**
   * Everything was written. From now on the recording may be seen under its name.
   *
   * @param header The header with the real length, in place of the first 44 bytes where that can be
   * done; a file without it can be read, too.
   */
  finish(header: Uint8Array<ArrayBuffer>, end: RecordingEnd): Promise<void>;
  /** The recording has failed: nothing of it is to be seen. */
  abort(): Promise<void>;
}

/** Keeps recordings. */
export interface RecordingSink {
  /** Opens the recording of a session. */
  open(start: RecordingStart): Promise<RecordingTarget>;
}
