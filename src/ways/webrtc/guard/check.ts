/**
 * Connectivity checks of the client: which are authentic, and what may be done about each
 * (RFC 8445 §7.3, RFC 8489 §9.1.3).
 *
 * @module
 */
import {
  ATTRIBUTE,
  BINDING,
  errorCode,
  hasFingerprint,
  isAuthentic,
  type StunMessage,
  writeStun,
} from "./stun.ts";

/** What the checks of one generation of a session are made with. */
export interface Credentials {
  /** Our user name fragment and the client's, with a colon between. */
  readonly username: string;
  /** Our password. */
  readonly password: string;
}

/** What an authentic check is. */
export type Check =
  | {
    readonly kind: "good";
    /** Whether the client chooses this pair of addresses: USE-CANDIDATE. */
    readonly nominates: boolean;
    /** The tie-breaker of a client that considers itself controlled. */
    readonly controlled: bigint | undefined;
  }
  /** What to answer instead. */
  | { readonly kind: "refused"; readonly response: Uint8Array };

/** Attributes that a client may send and that nothing depends on (RFC 8489 §18.3). */
const UNDERSTOOD = new Set<number>([
  ...Object.values(ATTRIBUTE),
  0x0001, // MAPPED-ADDRESS
  0x0014, // REALM
  0x0015, // NONCE
  0x001c, // MESSAGE-INTEGRITY-SHA256
  0x001d, // PASSWORD-ALGORITHM
  0x001e, // USERHASH
]);
const MAX_UNKNOWN = 16;

/**
 * Judges a Binding request. Returns undefined if it is not from this session's client: then there
 * is no answer of any kind, so that nothing can be reflected at anybody.
 */
export function judgeCheck(
  message: StunMessage,
  { username, password }: Credentials,
): Check | undefined {
  if (message.method !== BINDING || message.kind !== "request") return;
  const { attributes } = message;
  if (!equals(attributes.get(ATTRIBUTE.username), username)) return;
  if (!hasFingerprint(message) || !isAuthentic(message, password)) return;

  const unknown = unknownAttributes(message);
  if (unknown.length > 0) return refuse(message, password, 420, "Unknown Attribute", unknown);
  const controlled = attributes.get(ATTRIBUTE.iceControlled);
  const controlling = attributes.get(ATTRIBUTE.iceControlling);
  const useCandidate = attributes.get(ATTRIBUTE.useCandidate);
  const wellFormed = attributes.get(ATTRIBUTE.priority)?.length === 4 &&
    (controlled?.length ?? 8) === 8 && (controlling?.length ?? 8) === 8 &&
    !(controlled && controlling) && (useCandidate?.length ?? 0) === 0;
  if (!wellFormed) return refuse(message, password, 400, "Bad Request");
  return {
    kind: "good",
    nominates: useCandidate !== undefined,
    controlled: controlled &&
      new DataView(controlled.buffer, controlled.byteOffset).getBigUint64(0),
  };
}

/** Types that a message needs understood and that nobody here understands (RFC 8489 §6.3). */
export function unknownAttributes({ attributes }: StunMessage): number[] {
  return [...attributes.keys()].filter((type) => type < 0x8000 && !UNDERSTOOD.has(type))
    .slice(0, MAX_UNKNOWN);
}

function refuse(
  { transactionId }: StunMessage,
  password: string,
  code: number,
  reason: string,
  unknown: readonly number[] = [],
): Check {
  const attributes: [number, Uint8Array][] = [[ATTRIBUTE.errorCode, errorCode(code, reason)]];
  if (unknown.length > 0) {
    const types = Uint8Array.from(unknown.flatMap((type) => [type >> 8, type & 0xff]));
    attributes.push([ATTRIBUTE.unknownAttributes, types]);
  }
  const response = writeStun({ kind: "error", transactionId, attributes }, password);
  return { kind: "refused", response };
}

function equals(bytes: Uint8Array | undefined, text: string): boolean {
  const expected = new TextEncoder().encode(text);
  return bytes?.length === expected.length && bytes.every((byte, i) => byte === expected[i]);
}

/** How a transaction id was seen before. */
export type Seen = "new" | "repeated" | "replayed";

/**
 * Remembers the last authentic checks, to tell one that comes a second time from another address:
 * somebody has recorded it, and would have us send to whomever they name as its source.
 *
 * @param size How many checks to remember.
 */
export function createReplayFilter(
  size: number,
): (transactionId: Uint8Array, source: string) => Seen {
  const sources = new Map<string, string>(); // by transaction id, the oldest first
  return (transactionId, source) => {
    const id = String.fromCharCode(...transactionId);
    const known = sources.get(id);
    if (known !== undefined) return known === source ? "repeated" : "replayed";
    if (sources.size === size) {
      for (const oldest of sources.keys()) {
        sources.delete(oldest);
        break;
      }
    }
    sources.set(id, source);
    return "new";
  };
}
