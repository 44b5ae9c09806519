/**
 * Flights on their way: records in datagrams, and when to send them again.
 *
 * @module
 */
import { concat } from "../../../core/bytes.ts";
import type { Flight } from "./handshake.ts";
import { FRAGMENT_HEADER_BYTES, fragmentMessage } from "./message.ts";
import { CONTENT, RECORD_HEADER_BYTES } from "./record.ts";

/** What fits every path that carries WebRTC. */
const DATAGRAM_BYTES = 1200;
/** What a protected record has more than a plain one. */
const PROTECTION_BYTES = 24;
const FRAGMENT_BYTES = DATAGRAM_BYTES - RECORD_HEADER_BYTES - PROTECTION_BYTES -
  FRAGMENT_HEADER_BYTES;
/** A second, as RFC 6347 section 4.2.4.1 has it, would be heard as a late bot; browsers take 50 ms. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 800;
/** A peer that asks again is answered no sooner than this after the last time, in ms. */
const LEAST_WAIT_MS = 40;

/** Writes the record that carries this, before or after the cipher has changed. */
export type WriteRecord = (type: number, content: Uint8Array, changed: boolean) => Uint8Array;

/** Sends one flight after the other, each until the next one. */
export interface Sender {
  /** Sends a flight, replacing the one before. */
  send(flight: Flight): void;
  /** Sends the flight again because the peer has not got it, unless it has just been sent. */
  again(): void;
  /** Sends nothing more by itself. */
  rest(): void;
}

/** Makes a sender. */
export function createSender(
  write: WriteRecord,
  transmit: (datagram: Uint8Array) => void,
): Sender {
  let current: Flight = [];
  let sentAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const transmitAll = () => {
    sentAt = performance.now();
    for (const datagram of packFlight(current, write)) transmit(datagram);
  };
  const repeatAfter = (waitMs: number) => {
    timer = setTimeout(() => {
      transmitAll();
      repeatAfter(Math.min(2 * waitMs, LONGEST_WAIT_MS));
    }, waitMs);
  };
  const rest = () => clearTimeout(timer);
  return {
    send(flight) {
      rest();
      current = flight;
      transmitAll();
      repeatAfter(FIRST_WAIT_MS);
    },
    again() {
      if (performance.now() - sentAt >= LEAST_WAIT_MS) transmitAll();
    },
    rest,
  };
}

/** Puts a flight into as few datagrams as it takes. */
function packFlight(flight: Flight, write: WriteRecord): Uint8Array[] {
  const datagrams: Uint8Array[][] = [[]];
  let size = 0;
  for (const record of writeFlight(flight, write)) {
    if (size + record.length > DATAGRAM_BYTES) {
      datagrams.push([]);
      size = 0;
    }
    datagrams.at(-1)?.push(record);
    size += record.length;
  }
  return datagrams.filter((records) => records.length > 0).map((records) => concat(...records));
}

function* writeFlight(flight: Flight, write: WriteRecord): Generator<Uint8Array> {
  let changed = false;
  for (const part of flight) {
    if (part === "change") {
      yield write(CONTENT.changeCipherSpec, Uint8Array.of(1), false);
      changed = true;
    } else {
      for (const fragment of fragmentMessage(part, FRAGMENT_BYTES)) {
        yield write(CONTENT.handshake, fragment, changed);
      }
    }
  }
}
