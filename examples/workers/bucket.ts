/**
 * Keeps what clients upload in a bucket of R2; another object store differs in the calls alone.
 *
 *   export default worker<Bindings>(bot, (env) => ({ use: [uploads(bucketStorage(env.UPLOADS))] }));
 *
 * A file streams into the bucket in parts, so a Worker never holds more than one of them. Files of
 * clients that know no session, and of a Worker that was stopped, are left: let a lifecycle rule of
 * the bucket delete them after a day.
 *
 * @module
 */
import type { FileStorage } from "@pipecat/runner/workers";

/** As much of an `R2Bucket` as is used. */
export interface BucketLike {
  createMultipartUpload(
    key: string,
    options: { readonly httpMetadata: { readonly contentType: string } },
  ): Promise<UploadLike>;
  get(key: string): Promise<ObjectLike | null>;
  delete(key: string): Promise<void>;
}

/** As much of an `R2MultipartUpload` as is used. */
export interface UploadLike {
  uploadPart(number: number, part: Blob): Promise<PartLike>;
  complete(parts: PartLike[]): Promise<unknown>;
  abort(): Promise<void>;
}

/** A part that was uploaded. */
export interface PartLike {
  readonly partNumber: number;
  readonly etag: string;
}

/** As much of an `R2ObjectBody` as is used. */
export interface ObjectLike {
  readonly size: number;
  readonly httpMetadata?: { readonly contentType?: string };
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** R2 wants parts of one size, 5 MiB at least, but for the last. */
const PART_BYTES = 5 << 20;
const SCHEME = "r2:";

/** Makes a storage of a bucket. */
export function bucketStorage(bucket: BucketLike): FileStorage {
  const keyOf = (url: string) => url.startsWith(SCHEME) ? url.slice(SCHEME.length) : undefined;
  return {
    async save({ type, body, sessionId = "none" }) {
      const key = `${sessionId}/${crypto.randomUUID()}`; // which nobody can guess
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

/** Cuts a stream into parts of one size; the last, and only the last, may be smaller. */
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
  yield new Blob(pieces); // a file of no bytes has a part as well
}
