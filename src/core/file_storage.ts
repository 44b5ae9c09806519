/**
 * The port to where clients' uploads are stored.
 *
 * @module
 */

/** An arriving file. */
export interface IncomingFile {
  /** Its name at the client, without a folder: for display, never a path. */
  readonly name: string;
  /** Its media type, read from its first bytes. */
  readonly type: string;
  /** Its bytes; the stream fails if there are too many, or the client leaves. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Its session; absent if the client knows none. */
  readonly sessionId?: string;
}

/** A stored file. */
export interface StoredFile {
  /** Its media type, read from its bytes. */
  readonly type: string;
  /** Size in bytes. */
  readonly size: number;
  /** The bytes of the file. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Stores files that clients upload. A URL is the whole contract: `save` makes one that nobody can
 * guess, the client sends it back in `send-file`, and the bot reads the file behind it.
 */
export interface FileStorage {
  /**
   * Saves a file as it streams in, and returns its URL. If it throws, or the body fails, nothing of
   * the file remains.
   */
  save(file: IncomingFile): Promise<string>;
  /** Opens a file; undefined if there is none, or if the URL is not this storage's. */
  read(url: string): Promise<StoredFile | undefined>;
  /** Deletes a file, if it exists. */
  delete(url: string): Promise<void>;
}
