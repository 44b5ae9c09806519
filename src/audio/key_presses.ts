/**
 * Reads key presses from the packets that report them (RFC 4733 section 2.5).
 *
 * A press is reported many times: while it lasts, three times at its end, and in segments if it is
 * longer than a packet can express. Any of them may be lost.
 *
 * @module
 */
import { parseTelephoneEvent } from "./dtmf.ts";

/** Reads the presses of one stream. */
export interface KeyReader {
  /**
   * Takes a payload of `telephone-event`, in the order of the stream.
   *
   * @param timestamp Of its packet: when the event began, 32 bits.
   * @returns The pressed keys that it is the first to report.
   */
  read(payload: Uint8Array, timestamp: number): string[];
}

const EVENT_BYTES = 4;
/** The longest segment, in units of the RTP clock. */
const LONGEST_SEGMENT = 0xffff;
/**
 * Senders begin a segment with the next packet that they send, which is not exactly where the
 * previous one ended. In units of the RTP clock: 150 ms at 48 kHz.
 */
const SEGMENT_SLACK = 7200;

/** Makes an empty reader. */
export function createKeyReader(): KeyReader {
  let last: {
    readonly digit: string;
    readonly began: number;
    duration: number;
    ended: boolean;
  } | undefined;

  /** Whether an event is already known, or its next segment. */
  const goesOn = (digit: string, timestamp: number): boolean => {
    if (last?.digit !== digit) return false;
    const passed = (timestamp - last.began) | 0;
    if (passed === 0) return true;
    if (last.ended || passed < 0) return false;
    if (passed === last.duration) return true;
    // Segments may be lost whole.
    const beyond = passed % LONGEST_SEGMENT;
    return passed >= LONGEST_SEGMENT && beyond <= SEGMENT_SLACK;
  };

  return {
    read(payload, timestamp) {
      const digits: string[] = [];
      // Several events in one packet follow one another without a pause (section 2.5.1.5).
      let began = timestamp;
      for (let at = 0; at + EVENT_BYTES <= payload.length; at += EVENT_BYTES) {
        const event = parseTelephoneEvent(payload.subarray(at, at + EVENT_BYTES));
        // Anything but a key ends none; an event without a duration is a state, which keys do not
        // have.
        if (!event || event.duration === 0) continue;
        const { digit, duration, end: ended } = event;
        const known = goesOn(digit, began);
        if (!known) digits.push(digit);
        if (last && known && last.began === began) {
          last.duration = Math.max(last.duration, duration);
          last.ended ||= ended;
        } else last = { digit, began, duration, ended };
        began = (began + duration) | 0;
      }
      return digits;
    },
  };
}
