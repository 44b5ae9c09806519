/**
 * The presentation language of RFC 5246 section 4: numbers of one to six bytes, and vectors that
 * begin with their length.
 *
 * @module
 */
import { concat } from "../../../core/bytes.ts";
import { HandshakeFailure } from "./failure.ts";

/** Reads the fields of a message one after the other. */
export interface Reader {
  /** Bytes that are left. */
  readonly left: number;
  /**
   * Reads a number of this many bytes.
   *
   * @throws {HandshakeFailure} If fewer are left; so do all the others.
   */
  uint(size: number): number;
  /** Reads this many bytes, as a view. */
  bytes(length: number): Uint8Array;
  /** Reads a vector whose length field has this many bytes. */
  vector(lengthSize: number): Uint8Array;
  /** Checks that nothing is left. */
  end(): void;
}

/** Reads a message; nothing is copied. */
export function createReader(source: Uint8Array): Reader {
  let at = 0;
  const bytes = (length: number) => {
    if (length > source.length - at) throw new HandshakeFailure("decode_error", "a cut message");
    return source.subarray(at, at += length);
  };
  const uint = (size: number) => readUint(bytes(size), 0, size);
  return {
    get left() {
      return source.length - at;
    },
    uint,
    bytes,
    vector: (lengthSize) => bytes(uint(lengthSize)),
    end() {
      if (at < source.length) throw new HandshakeFailure("decode_error", "a message too long");
    },
  };
}

/** Reads a number of up to six bytes, which must be there. */
export function readUint(source: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = at; i < at + size; i++) value = value * 256 + (source[i] ?? 0);
  return value;
}

/** Writes a number of this many bytes. */
export function uint(size: number, value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = size - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) {
    bytes[i] = rest % 256;
  }
  return bytes;
}

/** Writes a vector whose length field has this many bytes. */
export function vector(
  lengthSize: number,
  ...parts: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const content = concat(...parts);
  return concat(uint(lengthSize, content.length), content);
}
