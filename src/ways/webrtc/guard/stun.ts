/**
 * STUN messages, as the connectivity checks of ICE use them (RFC 8489, RFC 8445 §7).
 *
 * @module
 */
import { createHmac, timingSafeEqual } from "node:crypto";

/** What a message is (RFC 8489 §5). */
export type StunKind = "request" | "indication" | "success" | "error";

/** A message whose every length was checked. Nothing in it is authentic yet. */
export interface StunMessage {
  /** The whole message. */
  readonly bytes: Uint8Array;
  readonly kind: StunKind;
  /** 1 for Binding. */
  readonly method: number;
  /** 12 bytes. */
  readonly transactionId: Uint8Array;
  /** The value of each attribute that counts: the first of its type, before MESSAGE-INTEGRITY. */
  readonly attributes: ReadonlyMap<number, Uint8Array>;
  /** Where MESSAGE-INTEGRITY begins; absent if there is none. */
  readonly integrityAt: number | undefined;
  /** Where FINGERPRINT begins; absent if there is none. */
  readonly fingerprintAt: number | undefined;
  /** Whether attributes were left out: repeated ones, or some after MESSAGE-INTEGRITY. */
  readonly abridged: boolean;
}

/** Types of attributes (RFC 8489 §18.3, RFC 8445 §16.1). */
export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/** The method of connectivity checks. */
export const BINDING = 1;

const HEADER_BYTES = 20;
const COOKIE = 0x2112a442;
const COOKIE_BYTES = Uint8Array.of(0x21, 0x12, 0xa4, 0x42);
/** Where the id of a transaction lies in a message. */
export const TRANSACTION_ID = { from: 8, to: HEADER_BYTES } as const;
const INTEGRITY_BYTES = 20;
const FINGERPRINT_XOR = 0x5354554e;
/** The longest fragment of a user name (RFC 8839 §5.4). */
const MAX_FRAGMENT = 256;
const KINDS: readonly StunKind[] = ["request", "indication", "success", "error"];

/** Whether a datagram claims to be STUN (RFC 7983 §7). */
export function looksLikeStun(bytes: Uint8Array): boolean {
  return (bytes[0] ?? 0xff) < 4;
}

/** What a datagram that claims to be STUN says that it is. */
export function stunKindOf(bytes: Uint8Array): StunKind {
  const [high = 0, low = 0] = bytes;
  return KINDS[(low & 0x10) >> 4 | (high & 0x01) << 1] ?? "indication";
}

/**
 * The first part of the user name of a message, up to the colon: in a check, the fragment of whom it
 * is for (RFC 8445 §7.2.2). It takes no more than that costs, for strangers are asked; nothing is
 * authentic, and the rest of the message may be no STUN at all.
 */
export function namedFragment(bytes: Uint8Array): string | undefined {
  if (bytes.length < HEADER_BYTES) return;
  for (let i = 0; i < COOKIE_BYTES.length; i++) if (bytes[4 + i] !== COOKIE_BYTES[i]) return;
  for (let at = HEADER_BYTES; at + 4 <= bytes.length;) {
    const type = (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0);
    const length = (bytes[at + 2] ?? 0) << 8 | (bytes[at + 3] ?? 0);
    const value = at + 4;
    if (type !== ATTRIBUTE.username) {
      at = value + length + (4 - length % 4) % 4;
      continue;
    }
    const colon = bytes.subarray(value, value + Math.min(length, MAX_FRAGMENT + 1)).indexOf(0x3a);
    return colon < 1 ? undefined : String.fromCharCode(...bytes.subarray(value, value + colon));
  }
}

/** Reads a datagram; undefined if it is not a well-formed STUN message. */
export function readStun(bytes: Uint8Array): StunMessage | undefined {
  if (bytes.length < HEADER_BYTES || !looksLikeStun(bytes)) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(4) !== COOKIE) return;
  if (view.getUint16(2) !== bytes.length - HEADER_BYTES || bytes.length % 4 !== 0) return;
  const type = view.getUint16(0);
  const attributes = new Map<number, Uint8Array>();
  let integrityAt: number | undefined;
  let fingerprintAt: number | undefined;
  let abridged = false;
  for (let at = HEADER_BYTES; at < bytes.length;) {
    if (fingerprintAt !== undefined) return; // it is the last one (§14.7)
    // The length is a multiple of 4, and so is `at`: a header of 4 bytes is always whole.
    const attribute = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const end = at + 4 + length + (4 - length % 4) % 4;
    if (end > bytes.length) return;
    if (attribute === ATTRIBUTE.fingerprint) {
      if (length !== 4) return;
      fingerprintAt = at;
    } else if (integrityAt !== undefined || attributes.has(attribute)) {
      abridged = true;
    } else if (attribute === ATTRIBUTE.messageIntegrity) {
      if (length !== INTEGRITY_BYTES) return;
      integrityAt = at;
    } else attributes.set(attribute, bytes.subarray(at + 4, at + 4 + length));
    at = end;
  }
  return {
    bytes,
    kind: stunKindOf(bytes),
    method: type & 0x000f | (type & 0x00e0) >> 1 | (type & 0x3e00) >> 2,
    transactionId: bytes.subarray(8, HEADER_BYTES),
    attributes,
    integrityAt,
    fingerprintAt,
    abridged,
  };
}

/** Whether MESSAGE-INTEGRITY is there and was made with this password (RFC 8489 §14.5). */
export function isAuthentic(message: StunMessage, password: string | Uint8Array): boolean {
  const { bytes, integrityAt } = message;
  if (integrityAt === undefined) return false;
  const value = bytes.subarray(integrityAt + 4, integrityAt + 4 + INTEGRITY_BYTES);
  return timingSafeEqual(integrity(bytes.subarray(0, integrityAt), password), value);
}

/** Whether FINGERPRINT is there and right (RFC 8489 §14.7). */
export function hasFingerprint({ bytes, fingerprintAt }: StunMessage): boolean {
  if (fingerprintAt === undefined) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(fingerprintAt + 4) === fingerprint(bytes.subarray(0, fingerprintAt));
}

/** What to write into a message. */
export interface StunContent {
  readonly kind: StunKind;
  readonly transactionId: Uint8Array;
  readonly attributes: Iterable<readonly [type: number, value: Uint8Array]>;
}

/** Writes a Binding message with MESSAGE-INTEGRITY and FINGERPRINT. */
export function writeStun(content: StunContent, password: string | Uint8Array): Uint8Array {
  const { kind, transactionId } = content;
  const parts = [...content.attributes].map(([type, value]) => attribute(type, value));
  const body = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(HEADER_BYTES + body + 4 + INTEGRITY_BYTES + 8);
  const view = new DataView(bytes.buffer);
  const kindBits = KINDS.indexOf(kind);
  view.setUint16(0, BINDING | (kindBits & 1) << 4 | (kindBits & 2) << 7);
  view.setUint16(2, bytes.length - HEADER_BYTES);
  view.setUint32(4, COOKIE);
  bytes.set(transactionId, 8);
  let at = HEADER_BYTES;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const mac = integrity(bytes.subarray(0, at), password);
  bytes.set(attribute(ATTRIBUTE.messageIntegrity, mac), at);
  at += 4 + INTEGRITY_BYTES;
  const checksum = new Uint8Array(4);
  new DataView(checksum.buffer).setUint32(0, fingerprint(bytes.subarray(0, at)));
  bytes.set(attribute(ATTRIBUTE.fingerprint, checksum), at);
  return bytes;
}

/** The value of ERROR-CODE (RFC 8489 §14.8). */
export function errorCode(code: number, reason: string): Uint8Array {
  return Uint8Array.of(
    0,
    0,
    Math.floor(code / 100),
    code % 100,
    ...new TextEncoder().encode(reason),
  );
}

/** The value of XOR-MAPPED-ADDRESS (RFC 8489 §14.2). */
export function xorMappedAddress(
  host: Uint8Array,
  port: number,
  transactionId: Uint8Array,
): Uint8Array {
  const value = new Uint8Array(4 + host.length);
  value[1] = host.length === 4 ? 1 : 2;
  new DataView(value.buffer).setUint16(2, port ^ COOKIE >>> 16);
  const mask = [...COOKIE_BYTES, ...transactionId];
  host.forEach((byte, i) => value[4 + i] = byte ^ (mask[i] ?? 0));
  return value;
}

/** The HMAC over a message up to MESSAGE-INTEGRITY, with a length as if it ended there. */
function integrity(before: Uint8Array, password: string | Uint8Array): Uint8Array {
  const length = before.length - HEADER_BYTES + 4 + INTEGRITY_BYTES;
  const head = Uint8Array.of(before[0] ?? 0, before[1] ?? 0, length >> 8, length & 0xff);
  return createHmac("sha1", password).update(head).update(before.subarray(4)).digest();
}

/** The checksum over a message up to FINGERPRINT, whose length already counts it. */
function fingerprint(before: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of before) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ crc >>> 8;
  return (crc ^ 0xffffffff ^ FINGERPRINT_XOR) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ value >>> 1 : value >>> 1;
  return value;
});

function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + value.length + (4 - value.length % 4) % 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, type);
  view.setUint16(2, value.length);
  bytes.set(value, 4);
  return bytes;
}
