/**
 * What the handshakes of both roles have in common.
 *
 * A handshake is a generator that says which message it needs next and is given it once it is whole.
 * So it reads from top to bottom like the RFC, and knows nothing of datagrams and timers.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import { concat } from "../../../core/bytes.ts";
import { HandshakeFailure } from "./failure.ts";
import type { Fingerprint, Identity } from "./identity.ts";
import { exportKeys, type Randoms, type Side, verifyData } from "./key_schedule.ts";
import { HANDSHAKE, type Message, writeMessage } from "./message.ts";
import type { Protection } from "./protection.ts";

/** What a handshake needs to know. */
export interface HandshakeSettings {
  readonly identity: Identity;
  /** Whom the peer may be; read when its certificate comes. */
  readonly fingerprints: () => readonly Fingerprint[];
  /** SRTP protection profiles, the preferred one first. */
  readonly srtpProfiles: readonly number[];
}

/** One flight: messages and, before the first protected one, the change of the cipher. */
export type Flight = readonly (Message | "change")[];

/** What a handshake does. */
export interface Link {
  /** Sends a flight, again and again until the next one. */
  send(flight: Flight): void;
  /** Sends a message once, with the record number of what it answers (RFC 6347 section 4.2.1). */
  reply(message: Message): void;
  /**
   * Begins with the hello that has just come: goes on from its record number, and forgets what else
   * strangers have sent before.
   */
  accept(): void;
  /** Installs the protection, for `Finished` and all that follows. */
  protect(protection: Protection): void;
}

/** Which message a handshake needs next. */
export interface Expectation {
  readonly types: readonly number[];
  /** The lowest and the highest number that it may have. */
  readonly first: number;
  readonly last: number;
}

/** What a handshake ends with. */
export interface Established {
  /** The role of this side. */
  readonly side: Side;
  /** The SRTP protection profile that was agreed on, if any. */
  readonly srtpProfile: number | undefined;
  /** Makes keys for SRTP (RFC 5764 section 4.2). */
  exportKeys(label: string, length: number): Uint8Array;
}

/** A handshake that goes on with each message that it is given. */
export type Handshake = Generator<Expectation, Established, Message>;

/** All messages so far, in the order in which both sides sign them. */
export interface Transcript {
  bytes(): Uint8Array;
  /** Takes the peer's next message, which must be of one of these types. */
  receive(...types: readonly number[]): Generator<Expectation, Message, Message>;
  /** Makes the next message of this side. */
  write(type: number, body: Uint8Array): Message;
}

/** Begins a transcript with messages that were received and sent already. */
export function createTranscript(
  begun: readonly Message[],
  nextIn: number,
  nextOut: number,
): Transcript {
  const written: Uint8Array[] = begun.map(writeMessage);
  return {
    bytes: () => concat(...written),
    *receive(...types) {
      const message = yield { types, first: nextIn, last: nextIn };
      nextIn++;
      written.push(writeMessage(message));
      return message;
    },
    write(type, body) {
      const message = { type, sequence: nextOut++, body };
      written.push(writeMessage(message));
      return message;
    },
  };
}

/** Makes the `Finished` of a side. */
export function writeFinished(transcript: Transcript, master: Uint8Array, side: Side): Message {
  return transcript.write(HANDSHAKE.finished, verifyData(master, side, transcript.bytes()));
}

/**
 * Receives the `Finished` of a side.
 *
 * @throws {HandshakeFailure} If it is not the right end of this handshake.
 */
export function* receiveFinished(
  transcript: Transcript,
  master: Uint8Array,
  side: Side,
): Generator<Expectation, void, Message> {
  const expected = verifyData(master, side, transcript.bytes());
  const { body: actual } = yield* transcript.receive(HANDSHAKE.finished);
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw new HandshakeFailure("decrypt_error", "a Finished that does not fit the handshake");
  }
}

/** Tells what has been agreed. */
export function established(
  side: Side,
  srtpProfile: number | undefined,
  master: Uint8Array,
  randoms: Randoms,
): Established {
  return {
    side,
    srtpProfile,
    exportKeys: (label, length) => exportKeys(master, randoms, label, length),
  };
}
