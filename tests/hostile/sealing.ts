/**
 * Seals whatever it is given as a client would that has the keys: SRTP and SRTCP (RFC 3711, RFC 7714).
 */
import { createCipheriv, createHmac } from "node:crypto";
import { concat } from "../../src/core/bytes.ts";
import { readRtpHeader } from "../../src/ways/webrtc/guard/rtp_packet.ts";
import { viewOf } from "../../src/ways/webrtc/guard/sctp_packet.ts";
import type { ReceiverKeys, ReceiverProfile } from "../../src/ways/webrtc/guard/srtp_receiver.ts";

/** Keys that both sides know. */
export const KEYS: Readonly<Record<ReceiverProfile, ReceiverKeys>> = {
  gcm: keysOf(12),
  counter: keysOf(14),
};

function keysOf(saltBytes: number): ReceiverKeys {
  return {
    key: new Uint8Array(16).fill(1),
    salt: new Uint8Array(saltBytes).fill(2),
    authentication: new Uint8Array(20).fill(3),
  };
}

const FIXED_BYTES = 12;
const REPORT_HEADER_BYTES = 8;
const ENCRYPTED = 0x8000_0000;

/** Seals a packet of RTP in the first turn of its sequence number; what is too short stays as it is. */
export function sealRtp(
  profile: ReceiverProfile,
  bytes: Uint8Array,
  keys: ReceiverKeys = KEYS[profile],
): Uint8Array {
  if (bytes.length < FIXED_BYTES) return bytes;
  const headerBytes = readRtpHeader(bytes)?.length ?? FIXED_BYTES;
  const view = viewOf(bytes);
  const place = { source: view.getUint32(8), index: view.getUint16(2) };
  const [head, body] = [bytes.subarray(0, headerBytes), bytes.subarray(headerBytes)];
  if (profile === "gcm") return concat(head, ...sealGcm(keys, place, head, body));
  const sealed = counterMode(keys, place, body);
  return concat(head, sealed, authenticate(keys, head, sealed, new Uint8Array(4)));
}

/** Seals a compound packet of RTCP with a number; what is too short stays as it is. */
export function sealRtcp(
  profile: ReceiverProfile,
  bytes: Uint8Array,
  index: number,
  keys: ReceiverKeys = KEYS[profile],
): Uint8Array {
  if (bytes.length < REPORT_HEADER_BYTES) return bytes;
  const place = { source: viewOf(bytes).getUint32(4), index };
  const [head, body] = [
    bytes.subarray(0, REPORT_HEADER_BYTES),
    bytes.subarray(REPORT_HEADER_BYTES),
  ];
  const trailer = new Uint8Array(4);
  viewOf(trailer).setUint32(0, ENCRYPTED + index);
  if (profile === "gcm") {
    return concat(head, ...sealGcm(keys, place, concat(head, trailer), body), trailer);
  }
  const sealed = counterMode(keys, place, body);
  return concat(head, sealed, trailer, authenticate(keys, head, sealed, trailer));
}

interface Place {
  readonly source: number;
  readonly index: number;
}

function sealGcm(
  { key, salt }: ReceiverKeys,
  { source, index }: Place,
  about: Uint8Array,
  body: Uint8Array,
) {
  const vector = new Uint8Array(12);
  viewOf(vector).setUint32(2, source);
  viewOf(vector).setUint32(8, index);
  const cipher = createCipheriv("aes-128-gcm", key, vector.map((byte, i) => byte ^ salt[i]!));
  cipher.setAAD(about);
  return [cipher.update(body), cipher.final(), cipher.getAuthTag()];
}

function counterMode(
  { key, salt }: ReceiverKeys,
  { source, index }: Place,
  body: Uint8Array,
): Uint8Array {
  const counter = new Uint8Array(16);
  viewOf(counter).setUint32(4, source);
  viewOf(counter).setUint32(8, Math.floor(index / 0x1_0000));
  viewOf(counter).setUint16(12, index & 0xffff);
  const mixed = counter.map((byte, i) => byte ^ (salt[i] ?? 0));
  const cipher = createCipheriv("aes-128-ctr", key, mixed);
  return concat(cipher.update(body), cipher.final());
}

function authenticate(
  { authentication }: ReceiverKeys,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const digest = createHmac("sha1", authentication);
  for (const part of parts) digest.update(part);
  return digest.digest().subarray(0, 10);
}
