/**
 * One end of a DTLS 1.2 session (RFC 6347), as WebRTC has it (RFC 8827 section 6.5).
 *
 * Whatever is not needed is dropped without an answer: unknown records, plaintext after the
 * handshake, alerts that nobody has authenticated, replays. Nothing is renegotiated or resumed.
 *
 * @module
 */
import { type AlertName, ALERTS, HandshakeFailure } from "./failure.ts";
import { createSender } from "./flight.ts";
import type { Established, Expectation, Handshake, Link } from "./handshake.ts";
import { fragmentMessage, HANDSHAKE, parseFragments } from "./message.ts";
import type { Protection } from "./protection.ts";
import { createReassembly } from "./reassembly.ts";
import { CONTENT, type DtlsRecord, parseRecords, writeRecord } from "./record.ts";

/** What an endpoint does. */
export interface EndpointHooks {
  /** Sends a datagram. */
  readonly transmit: (datagram: Uint8Array) => void;
  /** The handshake is over, and the peer's identity is verified. */
  readonly onConnect: (established: Established) => void;
  /** The peer has sent something, once it is connected. */
  readonly onData: (content: Uint8Array) => void;
  /** The session is over; not called if this side closed it. */
  readonly onEnd: (end: EndpointEnd) => void;
}

/** How a session ends: the peer leaves, or it fails. */
export type EndpointEnd = { readonly left: true } | {
  readonly left: false;
  /** What was wrong, in words for the log. */
  readonly reason: string;
};

/** One end of a session. */
export interface Endpoint {
  /** Begins: a client says hello, a server waits for one. */
  start(): void;
  /** Takes a datagram of the peer. */
  receive(datagram: Uint8Array): void;
  /** Sends application data; it is dropped unless the endpoint is connected. */
  send(content: Uint8Array): void;
  /** Ends the session; nothing is left of it, and the peer is not told. */
  close(): void;
}

/** How long a handshake may take from its first flight on, in ms. */
const HANDSHAKE_MS = 30_000;
/** Protected records that wait for the end of the handshake, which they have overtaken. */
const MAX_EARLY_RECORDS = 16;
/** Longer than any record that fits into a packet. */
const MAX_EARLY_BYTES = 1500;
/** Answers to hellos without a cookie, in each second. */
const MAX_REPLIES = 20;
const SECOND_MS = 1000;
/** How often the last flight is sent again for a peer that still waits for it. */
const MAX_LAST_FLIGHTS = 30;

const FATAL = 2;

/** Makes an endpoint. */
export function createEndpoint(
  handshake: (link: Link) => Handshake,
  { transmit, onConnect, onData, onEnd }: EndpointHooks,
): Endpoint {
  const reassembly = createReassembly();
  let steps: Handshake | undefined;
  let expected: Expectation | undefined;
  let protection: Protection | undefined;
  let established: Established | undefined;
  let early: DtlsRecord[] = [];
  let ended = false;
  let nextSequence = 0;
  let receivedSequence = 0;
  let lastFlights = 0;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  const mayReply = createRateLimit(MAX_REPLIES, SECOND_MS);

  const write = (type: number, content: Uint8Array, changed: boolean) =>
    changed && protection
      ? protection.seal(type, content)
      : writeRecord({ type, epoch: 0, sequence: nextSequence++ }, content);
  const sender = createSender(write, transmit);

  const end = () => {
    ended = true;
    early = [];
    reassembly.forgetBefore(Infinity);
    sender.rest();
    clearTimeout(deadline);
  };
  const fail = (alert: AlertName, reason: string) => {
    if (ended) return;
    transmit(write(CONTENT.alert, Uint8Array.of(FATAL, ALERTS[alert]), true));
    end();
    onEnd({ left: false, reason });
  };

  const link: Link = {
    send(flight) {
      deadline ??= setTimeout(() => {
        fail("handshake_failure", "a handshake that took too long");
      }, HANDSHAKE_MS);
      sender.send(flight);
    },
    reply(message) {
      if (!mayReply()) return;
      const header = { type: CONTENT.handshake, epoch: 0, sequence: receivedSequence };
      for (const part of fragmentMessage(message, Infinity)) transmit(writeRecord(header, part));
    },
    accept() {
      nextSequence = receivedSequence;
      reassembly.forgetBefore(Infinity);
      early = [];
    },
    protect(installed) {
      protection = installed;
    },
  };

  /** Continues until the next message is needed, to the end, or to a failure. */
  const step = (advance: () => IteratorResult<Expectation, Established>) => {
    let result: IteratorResult<Expectation, Established>;
    try {
      result = advance();
    } catch (error) {
      if (error instanceof HandshakeFailure) fail(error.alert, error.message);
      else fail("internal_error", String(error));
      return;
    }
    expected = result.done ? undefined : result.value;
    reassembly.forgetBefore(expected?.first ?? Infinity);
    if (!result.done) return;
    established = result.value;
    sender.rest();
    clearTimeout(deadline);
    onConnect(established);
  };

  /** Continues as long as the next message is there. */
  const advance = () => {
    while (steps && expected && !ended) {
      const { first, last, types } = expected;
      const message = reassembly.take(first, types) ?? reassembly.take(last, types);
      if (!message) return;
      step(() => steps!.next(message));
      for (const record of early.splice(0)) takeProtected(record);
    }
  };

  const takeFragments = ({ epoch, sequence }: DtlsRecord, content: Uint8Array) => {
    if (!expected) return;
    for (const fragment of parseFragments(content)) {
      // Only what ends a handshake is protected, and it always is.
      if ((fragment.type === HANDSHAKE.finished) !== (epoch > 0)) continue;
      if (fragment.sequence < expected.first) sender.again(); // the answer to it was lost
      receivedSequence = sequence;
      reassembly.add(fragment, expected.first);
    }
  };

  const takeProtected = (record: DtlsRecord) => {
    if (!protection || (!established && record.type === CONTENT.applicationData)) {
      if (early.length < MAX_EARLY_RECORDS && record.body.length <= MAX_EARLY_BYTES) {
        early.push({ ...record, body: record.body.slice() });
      }
      return;
    }
    const opened = protection.open(record);
    if (!opened) return;
    const { content, fresh } = opened;
    if (record.type === CONTENT.handshake) {
      if (!established) takeFragments(record, content);
      else if (content[0] === HANDSHAKE.finished) repeatLastFlight(established);
    } else if (!fresh) return;
    else if (record.type === CONTENT.applicationData) onData(content);
    else if (record.type === CONTENT.alert) hear(content);
  };

  /** A client whose Finished comes again, even in the same record, has not got the server's. */
  const repeatLastFlight = ({ side }: Established) => {
    if (side === "server" && lastFlights++ < MAX_LAST_FLIGHTS) sender.again();
  };

  /** An authentic alert: a warning that is not understood is ignored (RFC 5246 section 7.2). */
  const hear = ([level, description]: Uint8Array) => {
    if (level !== FATAL && description !== ALERTS.close_notify) return;
    end();
    onEnd(
      description === ALERTS.close_notify
        ? { left: true }
        : { left: false, reason: "an alert of the other side" },
    );
  };

  return {
    start() {
      if (steps || ended) return;
      const begun = steps = handshake(link);
      step(() => begun.next());
    },
    receive(datagram) {
      for (const record of parseRecords(datagram)) {
        if (ended) return;
        if (record.epoch > 0) takeProtected(record);
        else if (record.type === CONTENT.handshake) takeFragments(record, record.body);
        advance();
      }
    },
    send(content) {
      if (protection && established && !ended) {
        transmit(protection.seal(CONTENT.applicationData, content));
      }
    },
    close: end,
  };
}

/** Allows something this many times in each span of time. */
function createRateLimit(most: number, spanMs: number): () => boolean {
  let begun = -Infinity;
  let used = 0;
  return () => {
    const now = performance.now();
    if (now - begun >= spanMs) [begun, used] = [now, 0];
    return used++ < most;
  };
}
