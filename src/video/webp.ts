/**
 * WebP as video codecs see it: a lossy WebP is one key frame of VP8 in a RIFF box (RFC 9649).
 *
 * So a picture can be taken out of a video, and shown in one, without a codec.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { type PictureSize, readKeyFrame } from "./vp8.ts";

/** A lossy WebP that was taken apart. */
export interface WebpPicture extends PictureSize {
  /** Its key frame of VP8, a view of what it was read from. */
  readonly frame: Uint8Array;
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** More than a camera or a screen needs, and less than would hold up the sound of a call. */
const MOST_BYTES = 1 << 20;
const HOW_TO =
  'make one with "cwebp -q 80 in.png -o out.webp", with sharp(input).webp(), or with ' +
  'canvas.toBlob(take, "image/webp", 0.8)';

/** What else pictures begin with, and what such a file is. */
const OTHERS: readonly (readonly [begin: readonly number[], name: string])[] = [
  [[0x89, 0x50, 0x4e, 0x47], "a PNG"],
  [[0xff, 0xd8, 0xff], "a JPEG"],
  [[0x47, 0x49, 0x46, 0x38], "a GIF"],
  [[0x42, 0x4d], "a BMP"],
];

/**
 * Takes the key frame out of a lossy WebP. Of one with transparency the colors are taken alone.
 *
 * @throws {RunnerError} `bad_picture` for anything else, with how to make one.
 */
export function readWebp(bytes: Uint8Array): WebpPicture {
  if (!(bytes instanceof Uint8Array)) throw badPicture("A picture is the bytes of a file");
  if (bytes.length > MOST_BYTES) throw badPicture("The picture is larger than 1 MiB");
  const other = OTHERS.find(([begin]) => begin.every((byte, index) => bytes[index] === byte));
  if (other) throw badPicture(`The picture is ${other[1]}`);
  if (textAt(bytes, 0) !== "RIFF" || textAt(bytes, 8) !== "WEBP") {
    throw badPicture("The picture is not a WebP");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= bytes.length;) {
    const name = textAt(bytes, at);
    const size = view.getUint32(at + 4, true);
    const begin = at + CHUNK_HEADER_BYTES;
    if (name === "VP8L") throw badPicture("The picture is a lossless WebP");
    if (name === "ANIM" || name === "ANMF") throw badPicture("The picture is an animated WebP");
    if (name === "VP8 ") {
      const frame = bytes.subarray(begin, begin + size);
      const found = frame.length === size ? readKeyFrame(frame) : undefined;
      if (!found) break;
      return { ...found, frame };
    }
    at = begin + size + size % 2; // chunks begin at even places
  }
  throw badPicture("The picture is a broken WebP");
}

/**
 * Makes a lossy WebP of a key frame of VP8.
 *
 * @returns Nothing when it is no key frame.
 */
export function writeWebp(
  frame: Uint8Array,
): (PictureSize & { readonly data: Uint8Array<ArrayBuffer> }) | undefined {
  const size = readKeyFrame(frame);
  if (!size) return;
  const padded = frame.length + frame.length % 2;
  const data = new Uint8Array(RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES + padded);
  const view = new DataView(data.buffer);
  writeText(data, 0, "RIFF");
  view.setUint32(4, data.length - 8, true);
  writeText(data, 8, "WEBPVP8 ");
  view.setUint32(16, frame.length, true);
  data.set(frame, RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES);
  return { ...size, data };
}

function badPicture(problem: string): RunnerError {
  return new RunnerError(
    "bad_picture",
    `${problem}; send a lossy WebP of at most 1 MiB: ${HOW_TO}.`,
  );
}

function textAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function writeText(bytes: Uint8Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
}
