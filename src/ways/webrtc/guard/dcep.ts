/**
 * The Data Channel Establishment Protocol (RFC 8832), read strictly.
 *
 * @module
 */
import { viewOf } from "./sctp_packet.ts";

/** What a payload is, by its protocol identifier (RFC 8831 §8); others are deprecated. */
export const PAYLOAD = {
  control: 50,
  text: 51,
  binary: 53,
  emptyText: 56,
  emptyBinary: 57,
} as const;

/** A message of the protocol. */
export type ChannelControl =
  | { readonly kind: "open"; readonly label: string; readonly protocol: string }
  | { readonly kind: "acknowledge" };

const ACKNOWLEDGE = 2;
const OPEN = 3;
const OPEN_BYTES = 12;
/** Reliable, and limited by retransmissions or time; each also unordered (§5.1). */
const CHANNEL_TYPES: ReadonlySet<number> = new Set([0, 1, 2, 0x80, 0x81, 0x82]);

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a message; undefined when a length, the type or the text of it is wrong. */
export function readChannelControl(message: Uint8Array): ChannelControl | undefined {
  if (message[0] === ACKNOWLEDGE) {
    return message.length === 1 ? { kind: "acknowledge" } : undefined;
  }
  if (message[0] !== OPEN || message.length < OPEN_BYTES) return;
  const view = viewOf(message);
  const [labelLength, protocolLength] = [view.getUint16(8), view.getUint16(10)];
  if (message.length !== OPEN_BYTES + labelLength + protocolLength) return;
  if (!CHANNEL_TYPES.has(view.getUint8(1))) return;
  const protocolAt = OPEN_BYTES + labelLength;
  try {
    const label = decoder.decode(message.subarray(OPEN_BYTES, protocolAt));
    return { kind: "open", label, protocol: decoder.decode(message.subarray(protocolAt)) };
  } catch {
    return; // it is not UTF-8
  }
}
