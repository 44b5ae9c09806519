/**
 * Makes the whole transport of what each way has of its own.
 *
 * @module
 */
import type { CallObserver } from "../core/call_observer.ts";
import type { Duplex } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import type { Frame } from "../core/frame.ts";
import type { Incoming } from "../core/incoming.ts";
import type { Heard, Playback } from "../core/playback.ts";
import type { RtviChannel } from "../rtvi/channel.ts";
import { createKeypad } from "./keypad.ts";
import { createReading } from "./reading.ts";
import type { Transport } from "./transport.ts";

/** What a way has of its own. */
export interface TransportParts extends Pick<Duplex<Frame>, "writable" | "closed"> {
  readonly name: Transport["name"];
  /** What the bot can read. */
  readonly incoming: Incoming<Frame>;
  /** Plays what the bot says. */
  readonly playback: Playback;
  readonly rtvi: RtviChannel;
  /** Resolves when media can flow. Default: it can from the beginning. */
  readonly ready?: Promise<void>;
  observe(observer: CallObserver): void;
  close: Transport["close"];
  /** Ends the connection of a disposed transport, once all is heard. */
  end(): Promise<void> | void;
}

/** Makes the transport of a session. */
export function completeTransport(parts: TransportParts): Transport {
  const { name, incoming, writable, closed, playback, rtvi, observe, close, end } = parts;
  const connected = connectedBefore(closed, parts.ready);
  return {
    name,
    get readable() {
      return incoming.readable;
    },
    ...createReading(incoming),
    keys: readKeys(incoming, closed),
    writable,
    closed,
    connected,
    rtvi,
    ...countHeard(playback),
    observe,
    close,
    async [Symbol.asyncDispose]() {
      incoming.disregard();
      await playback.drained();
      await end();
    },
  };
}

/** Reads the keys that come in, until the call is over. */
function readKeys(incoming: Incoming<Frame>, closed: Transport["closed"]): Transport["keys"] {
  const keypad = createKeypad();
  incoming.watch((frame) => {
    if (frame.type === "dtmf") keypad.press(frame.digit);
  });
  void closed.then(keypad.end);
  return (options) => {
    incoming.disregard(); // a menu need not hear
    return keypad.keys(options);
  };
}

/** Settles with the first of two: media can flow, or the call is over. */
function connectedBefore(
  closed: Transport["closed"],
  ready: Promise<void> = Promise.resolve(),
): Promise<void> {
  const connected = Promise.race([
    ready,
    closed.then(({ reason = "The call was over" }) => {
      throw new RunnerError("not_connected", `${reason} before it was connected.`);
    }),
  ]);
  connected.catch(() => {}); // a bot need not wait for it
  return connected;
}

/** Counts what is heard from one interruption, or one end of all that was said, to the next. */
function countHeard(playback: Playback): Pick<Transport, "interrupt" | "drained"> {
  /** The place up to which it was counted. */
  let counted = 0;
  let latest: { readonly place: number; readonly heard: Heard } | undefined;
  const count = (place: number): Heard => {
    const heard = { heardMs: Math.round(Math.max(0, place - counted)) };
    latest = { place, heard };
    return heard;
  };
  return {
    interrupt() {
      const heard = count(playback.interrupt());
      counted = playback.writtenMs;
      return heard;
    },
    async drained() {
      const before = counted;
      const place = await playback.drained();
      // Of several who have waited for the same, each is told the same.
      if (place === latest?.place && place > before) return latest.heard;
      const heard = count(place);
      counted = Math.max(counted, place);
      return heard;
    },
  };
}
