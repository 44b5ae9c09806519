/**
 * Base64, with the runtime's own codec if it has one.
 *
 * @module
 */

/** `Uint8Array.prototype.toBase64`, which Node.js has only since version 25. */
interface Encodable {
  toBase64?(): string;
}

/** `Uint8Array.fromBase64`, with the same gap. */
interface Decoder {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
}

/** `Uint8Array.prototype.setFromBase64`, with the same gap. */
interface Settable {
  setFromBase64?(text: string): { readonly read: number; readonly written: number };
}

/** Bytes that are used again and again; they grow to the longest message so far. */
export interface Scratch {
  bytes?: Uint8Array<ArrayBuffer>;
}

/** Takes this many bytes of a scratch, of any content, until it is used the next time. */
export function scratchBytes(scratch: Scratch, length: number): Uint8Array<ArrayBuffer> {
  if (!scratch.bytes || scratch.bytes.length < length) scratch.bytes = new Uint8Array(length);
  return scratch.bytes.subarray(0, length);
}

/** Encodes bytes, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  const encodable: Encodable = bytes;
  if (encodable.toBase64) return encodable.toBase64();
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Decodes text, padded or not; undefined when it is not base64. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const decoder: Decoder = Uint8Array;
  try {
    if (decoder.fromBase64) return decoder.fromBase64(text);
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    return undefined; // the one thing that fails is text that is not base64
  }
}

/** As {@link decodeBase64}, into a scratch, which is much faster for short text. */
export function decodeBase64Into(
  scratch: Scratch,
  text: string,
): Uint8Array<ArrayBuffer> | undefined {
  const bytes = scratchBytes(scratch, Math.ceil(text.length / 4) * 3);
  const settable: Settable = bytes;
  if (!settable.setFromBase64) return decodeBase64(text);
  try {
    return bytes.subarray(0, settable.setFromBase64(text).written);
  } catch {
    return undefined; // the one thing that fails is text that is not base64
  }
}

/** Decodes strings that {@link encodeBase64} could have made; anything else is undefined. */
export function decodeStrictBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = decodeBase64(text);
  return bytes && encodeBase64(bytes) === text ? bytes : undefined;
}
