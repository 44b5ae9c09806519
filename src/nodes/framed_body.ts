/**
 * The body of a forwarded request as a stream of signed frames: its reader needs to hold only one
 * frame to verify it.
 *
 * A frame is the length of its content (4 bytes, big-endian), a signature (64 hex digits), and the
 * content. The signature covers the header of the request, the number of the frame, and the
 * content. The last frame is empty, which distinguishes a complete body from a truncated one.
 *
 * @module
 */
import { concat, utf8 } from "../core/bytes.ts";
import { RunnerError } from "../core/error.ts";
import { type KeyedHash, sameSecret, sha256 } from "../core/hash.ts";

/** The most content of a frame, in bytes. */
const MOST_BYTES = 65_536;
const LENGTH_BYTES = 4;
const SIGNATURE_BYTES = 64;

type Chunk = Uint8Array<ArrayBuffer>;

/** What frames are signed with. */
export interface Framing {
  readonly hash: KeyedHash;
  /** The header of the request, so that its frames fit no other request. */
  readonly header: string;
}

/**
 * Puts a body into frames.
 *
 * @param moved Called for each arriving piece: the body is progressing.
 */
export function framedBody(
  framing: Framing,
  body: ReadableStream<Chunk>,
  moved: () => void,
): ReadableStream<Chunk> {
  const reader = body.getReader();
  let count = 0;
  const frame = async (content: Chunk) => {
    const length = new Uint8Array(LENGTH_BYTES);
    new DataView(length.buffer).setUint32(0, content.length);
    return concat(length, utf8(await signature(framing, count++, content)), content);
  };
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await nextPiece(reader);
      moved();
      if (done) {
        controller.enqueue(await frame(new Uint8Array()));
        return controller.close();
      }
      for (let at = 0; at < value.length; at += MOST_BYTES) {
        controller.enqueue(await frame(value.subarray(at, at + MOST_BYTES)));
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/**
 * Takes a body out of its frames. Reading it fails with `not_forwarded` at a wrongly signed frame,
 * and with `body_cut` if the last one is missing.
 */
export function unframedBody(framing: Framing, body: ReadableStream<Chunk>): ReadableStream<Chunk> {
  const reader = body.getReader();
  let held: Chunk = new Uint8Array();
  let count = 0;

  async function take(length: number): Promise<Chunk> {
    while (held.length < length) {
      const { done, value } = await reader.read();
      if (done) throw new RunnerError("body_cut", "The body ended too early.");
      held = concat(held, value);
    }
    const taken = held.subarray(0, length);
    held = held.subarray(length);
    return taken;
  }

  async function nextContent(): Promise<Chunk> {
    const { buffer, byteOffset } = await take(LENGTH_BYTES);
    const length = new DataView(buffer, byteOffset).getUint32(0);
    if (length > MOST_BYTES) throw notSigned();
    const given = new TextDecoder().decode(await take(SIGNATURE_BYTES));
    const content = await take(length);
    if (!sameSecret(given, await signature(framing, count++, content))) throw notSigned();
    return content;
  }

  return new ReadableStream({
    async pull(controller) {
      try {
        const content = await nextContent();
        if (content.length > 0) return controller.enqueue(content);
        controller.close();
        await reader.cancel(); // there is nothing more
      } catch (error) {
        reader.cancel(error).catch(() => {}); // it has failed, or is not wanted
        throw error;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** The next non-empty piece. */
async function nextPiece(
  reader: ReadableStreamDefaultReader<Chunk>,
): Promise<ReadableStreamReadResult<Chunk>> {
  for (;;) {
    const result = await reader.read();
    if (result.done || result.value.length > 0) return result;
  }
}

async function signature({ hash, header }: Framing, count: number, content: Chunk) {
  // The first word keeps these apart from everything else signed with the same secret.
  return await hash(["frame", header, count, await sha256(content)].join("\n"));
}

function notSigned(): RunnerError {
  return new RunnerError("not_forwarded", "The body differs from the one that was forwarded.");
}
