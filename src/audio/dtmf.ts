/**
 * Key presses in RTP: the `telephone-event` payload of RFC 4733.
 *
 * @module
 */
import { KEYS } from "../core/keys.ts";

/** What one `telephone-event` packet says. */
export interface TelephoneEvent {
  /** One of {@link KEYS}. */
  readonly digit: string;
  /** Whether the key was released. */
  readonly end: boolean;
  /** Power of the tone in dBm0 below zero, 0 to 63. */
  readonly volume: number;
  /** How long the key has been down, in RTP timestamp units. */
  readonly duration: number;
}

/** How to press a key. */
export interface TelephoneEventOptions {
  /** How long the key is down, in ms. Default: 100. */
  readonly durationMs?: number;
  /** RTP clock rate of the payload type, in Hz. Default: 8000. */
  readonly clockRate?: number;
  /** Time between packets, in ms. Default: 20. */
  readonly packetMs?: number;
  /** Power of the tone in dBm0 below zero, 0 to 63. Default: 10. */
  readonly volume?: number;
}

const PAYLOAD_BYTES = 4;
const END_BIT = 0x80;
const LONGEST_DURATION = 0xffff;
/** The end is sent this often in all, since a packet can be lost. */
const END_REPEATS = 3;

/** Reads a payload; returns undefined for events that are not keys and for truncated payloads. */
export function parseTelephoneEvent(payload: Uint8Array): TelephoneEvent | undefined {
  const [code, flags, high, low] = payload;
  if (code === undefined || flags === undefined || high === undefined || low === undefined) return;
  const digit = KEYS[code];
  if (digit === undefined) return;
  return {
    digit,
    end: (flags & END_BIT) !== 0,
    volume: flags & 0x3f,
    duration: high << 8 | low,
  };
}

/**
 * Builds the payloads of one key press, to be sent `packetMs` apart. All carry the RTP timestamp of
 * the start of the press, and the first one has the marker bit.
 *
 * @throws {RangeError} if the digit is not a key, or the press is too long for its 16-bit duration.
 */
export function telephoneEvents(
  digit: string,
  options: TelephoneEventOptions = {},
): Uint8Array<ArrayBuffer>[] {
  const { durationMs = 100, clockRate = 8000, packetMs = 20, volume = 10 } = options;
  const code = digit.length === 1 ? KEYS.indexOf(digit) : -1;
  if (code < 0) throw new RangeError(`A key is one of ${KEYS}.`);
  const total = Math.round(durationMs * clockRate / 1000);
  const step = Math.round(packetMs * clockRate / 1000);
  if (!(step > 0 && total > 0 && total <= LONGEST_DURATION)) {
    throw new RangeError(`A press of ${durationMs} ms does not fit at ${clockRate} Hz.`);
  }
  const payloads: Uint8Array<ArrayBuffer>[] = [];
  for (let duration = step; duration < total; duration += step) {
    payloads.push(payload(code, volume, duration));
  }
  for (let i = 0; i < END_REPEATS; i++) payloads.push(payload(code, END_BIT | volume, total));
  return payloads;
}

function payload(code: number, flags: number, duration: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PAYLOAD_BYTES);
  bytes.set([code, flags, duration >> 8, duration & 0xff]);
  return bytes;
}
