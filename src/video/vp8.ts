/**
 * VP8: its frames (RFC 6386 section 9.1), and how RTP carries them (RFC 7741).
 *
 * @module
 */

/** The size of a picture. */
export interface PictureSize {
  /** In pixels, 1 to 16383. */
  readonly width: number;
  /** In pixels, 1 to 16383. */
  readonly height: number;
}

const KEY_HEADER_BYTES = 10;
const START_CODE = [0x9d, 0x01, 0x2a];
/** Versions of the bitstream that decoders know are 0 to 3. */
const HIGHEST_VERSION = 3;
const SIZE_MASK = 0x3fff;

/**
 * Reads the header of a key frame.
 *
 * @returns Nothing when it is none: another kind of frame, one that is not shown, or one that is
 * shorter than it says.
 */
export function readKeyFrame(frame: Uint8Array): PictureSize | undefined {
  if (frame.length < KEY_HEADER_BYTES) return;
  const tag = frame[0]! | frame[1]! << 8 | frame[2]! << 16;
  const [isKey, version, isShown] = [(tag & 1) === 0, tag >> 1 & 7, (tag >> 4 & 1) === 1];
  if (!isKey || version > HIGHEST_VERSION || !isShown) return;
  if (START_CODE.some((byte, index) => frame[3 + index] !== byte)) return;
  const firstPartBytes = tag >> 5;
  if (firstPartBytes === 0 || KEY_HEADER_BYTES + firstPartBytes > frame.length) return;
  const width = (frame[6]! | frame[7]! << 8) & SIZE_MASK;
  const height = (frame[8]! | frame[9]! << 8) & SIZE_MASK;
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** Whether a frame, or the beginning of one, says that it is a key frame. */
export function isKeyFrame(frame: Uint8Array): boolean {
  return frame.length > 0 && (frame[0]! & 1) === 0;
}

/** What an RTP packet carries of a frame. */
export interface Vp8Piece {
  /** Whether it is the first piece of its frame. */
  readonly starts: boolean;
  readonly piece: Uint8Array;
}

const EXTENDED = 0x80;
const START = 0x10;
const PARTITION = 0x0f;
const PICTURE_ID = 0x80;
const LAYER_INDEX = 0x40;
const LAYER = 0x20;
const KEY_INDEX = 0x10;
const LONG_PICTURE_ID = 0x80;

/** Takes the payload descriptor off a packet; returns nothing when no piece is left behind it. */
export function readVp8Payload(payload: Uint8Array): Vp8Piece | undefined {
  const [first = 0, extension = 0, id = 0] = payload;
  let length = 1;
  if (first & EXTENDED) {
    length++;
    if (extension & PICTURE_ID) length += id & LONG_PICTURE_ID ? 2 : 1;
    if (extension & LAYER_INDEX) length++;
    if (extension & (LAYER | KEY_INDEX)) length++;
  }
  if (length >= payload.length) return;
  const starts = (first & START) !== 0 && (first & PARTITION) === 0;
  return { starts, piece: payload.subarray(length) };
}

/** A packet with its headers and its seal stays below what every path takes. */
const MOST_PIECE_BYTES = 1100;
const DESCRIPTOR_BYTES = 4;
/** How many picture ids there are: 15 bits. */
export const PICTURE_IDS = 0x8000;

/**
 * Makes the payloads of a frame, of about the same length each.
 *
 * @param pictureId Of 15 bits, and one more than that of the frame before.
 */
export function writeVp8Payloads(frame: Uint8Array, pictureId: number): Uint8Array<ArrayBuffer>[] {
  const count = Math.max(1, Math.ceil(frame.length / MOST_PIECE_BYTES));
  const size = Math.ceil(frame.length / count);
  return Array.from({ length: count }, (_, index) => {
    const piece = frame.subarray(index * size, (index + 1) * size);
    const payload = new Uint8Array(DESCRIPTOR_BYTES + piece.length);
    payload[0] = EXTENDED | (index === 0 ? START : 0);
    payload[1] = PICTURE_ID;
    payload[2] = LONG_PICTURE_ID | pictureId >> 8;
    payload[3] = pictureId & 0xff;
    payload.set(piece, DESCRIPTOR_BYTES);
    return payload;
  });
}
