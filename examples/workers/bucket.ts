/**
 * Keeps clients' uploads in an R2 bucket; for another object store, only the calls differ.
 *
 *   export default worker<Bindings>(bot, (env) => ({ use: [uploads(bucketStorage(env.UPLOADS))] }));
 *
 * A file streams into the bucket in parts, so a Worker never holds more than one. Files remain if they
 * belong to no session or their Worker was stopped: have a lifecycle rule of the bucket delete them
 * after a day.
 *
 * @module
 */
import type { FileStorage } from "@pipecat/runner/workers";

/** The part of an `R2Bucket` that is used. */
export interface BucketLike {
  createMultipartUpload(
    key: string,
    options: { readonly httpMetadata: { readonly contentType: string } },
  ): Promise<UploadLike>;
  get(key: string): Promise<ObjectLike | null>;
  delete(key: string): Promise<void>;
}

/** The part of an `R2MultipartUpload` that is used. */
export interface UploadLike {
  uploadPart(number: number, part: Blob): Promise<PartLike>;
  complete(parts: PartLike[]): Promise<unknown>;
  abort(): Promise<void>;
}

/** An uploaded part. */
export interface PartLike {
  readonly partNumber: number;
  readonly etag: string;
}

/** The part of an `R2ObjectBody` that is used. */
export interface ObjectLike {
  readonly size: number;
  readonly httpMetadata?: { readonly contentType?: string };
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** R2 requires parts of equal size, at least 5 MiB, except the last. */
const PART_BYTES = 5 << 20;
const SCHEME = "r2:";

/** Makes a file storage from a bucket. */
export function bucketStorage(bucket: BucketLike): FileStorage {
  const keyOf = (url: string) => url.startsWith(SCHEME) ? url.slice(SCHEME.length) : undefined;
  return {
    async save({ type, body, sessionId = "none" }) {
      const key = `${sessionId}/${crypto.randomUUID()}`; // nobody can guess it
      const httpMetadata = { contentType: type };
      const upload = await bucket.createMultipartUpload(key, { httpMetadata });
      try {
        const parts: PartLike[] = [];
        for await (const part of partsOf(body)) {
          parts.push(await upload.uploadPart(parts.length + 1, part));
        }
        await upload.complete(parts);
      } catch (error) {
        await upload.abort();
        throw error;
      }
      return `${SCHEME}${key}`;
    },
    async read(url) {
      const key = keyOf(url);
      const found = key === undefined ? null : await bucket.get(key);
      if (!found) return undefined;
      const { size, body, httpMetadata: { contentType = "application/octet-stream" } = {} } = found;
      return { type: contentType, size, body };
    },
    async delete(url) {
      const key = keyOf(url);
      if (key !== undefined) await bucket.delete(key);
    },
  };
}

/** Cuts a stream into parts of equal size; only the last may be smaller. */
async function* partsOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Blob> {
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (let piece of body) {
    while (size + piece.length >= PART_BYTES) {
      const rest = PART_BYTES - size;
      yield new Blob([...pieces, piece.subarray(0, rest)]);
      piece = piece.subarray(rest);
      pieces = [];
      size = 0;
    }
    pieces.push(piece);
    size += piece.length;
  }
  yield new Blob(pieces); // an empty file has a part, too
}
