/**
 * The port to where files lie that clients upload.
 *
 * @module
 */

/** A file as it comes in. */
export interface IncomingFile {
  /** Its name at the client, without a folder: to be shown, and never a path. */
  readonly name: string;
  /** Its media type, told from its first bytes. */
  readonly type: string;
  /** Its bytes; the stream fails when there are too many, or when the client leaves. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The session that it is for; absent where the client knows none. */
  readonly sessionId?: string;
}

/** A file that was saved. */
export interface StoredFile {
  /** Its media type, told from its bytes. */
  readonly type: string;
  /** Size in bytes. */
  readonly size: number;
  /** The bytes of the file. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Keeps files that clients upload. A URL is the whole contract: `save` makes one that nobody can
 * guess, the client sends it back in `send-file`, and the bot reads what is behind it.
 */
export interface FileStorage {
  /**
   * Saves a file as it streams in, and returns its URL. When it throws, or the body fails, nothing is
   * left of the file.
   */
  save(file: IncomingFile): Promise<string>;
  /** Opens a file; undefined when there is none, or when the URL is not one of this storage. */
  read(url: string): Promise<StoredFile | undefined>;
  /** Deletes a file, if there is one. */
  delete(url: string): Promise<void>;
}
