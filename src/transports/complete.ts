/**
 * Builds the complete transport from what each way provides.
 *
 * @module
 */
import type { CallObserver } from "../core/call_observer.ts";
import type { CallStats } from "../core/call_stats.ts";
import { type Clock, hostClock } from "../core/clock.ts";
import type { Duplex } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import type { Frame } from "../core/frame.ts";
import type { Incoming } from "../core/incoming.ts";
import type { Heard, Playback } from "../core/playback.ts";
import type { CallVideo } from "../core/video.ts";
import type { RtviChannel } from "../rtvi/channel.ts";
import { createBackgrounds } from "./background.ts";
import { createKeypad } from "./keypad.ts";
import { createReading } from "./reading.ts";
import { createSpeechTeller, type SpeechTeller } from "./speech_teller.ts";
import type { Transport } from "./transport.ts";
import { createUtterances } from "./utterances.ts";

/** What a way provides. */
export interface TransportParts extends Pick<Duplex<Frame>, "writable" | "closed"> {
  readonly name: Transport["name"];
  /** What the bot can read. */
  readonly incoming: Incoming<Frame>;
  /** Plays what the bot says. */
  readonly playback: Playback;
  readonly rtvi: RtviChannel;
  /**
   * Who is told what the bot says: its client and whoever observes the call, only the latter, or
   * nobody, if the bot does that itself. Default: the client.
   */
  readonly tells?: "client" | "observer" | "nobody";
  /** Resolves when media can flow. Default: at once. */
  readonly ready?: Promise<void>;
  /** The clock by which sound is heard. Default: the host's. */
  readonly clock?: Clock;
  /** Pictures in both directions; absent if there are none. */
  readonly video?: CallVideo | undefined;
  observe(observer: CallObserver): void;
  /** How well the call goes, if the way can measure it. */
  readonly stats?: (() => CallStats) | undefined;
  close: Transport["close"];
  /** Ends the connection of a disposed transport, once everything is heard. */
  end(): Promise<void> | void;
}

/** Makes the transport of a session. */
export function completeTransport(parts: TransportParts): Transport {
  const { name, incoming, writable, closed, playback, rtvi, observe, close, end } = parts;
  const connected = connectedBefore(closed, parts.ready);
  const { clock = hostClock, tells = "client" } = parts;
  const madeAt = clock.now();
  const utterances = createUtterances(playback, clock);
  const tell = () => teller ??= createSpeechTeller(playback, rtvi, clock);
  let teller: SpeechTeller | undefined;
  if (tells === "client") tell();
  const backgrounds = createBackgrounds(playback);
  void closed.then(() => {
    utterances.end();
    teller?.end();
    backgrounds.end();
  });
  const drained = async () => {
    await utterances.written();
    return await playback.drained();
  };
  const counted = countHeard(playback, drained);
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
    say(sound, options = {}) {
      const saying = utterances.say(sound, options);
      if (options.text ?? options.words) teller?.follow(saying);
      return saying;
    },
    interrupt() {
      const stop = () => {
        const heard = counted.interrupt();
        utterances.stop();
        return heard;
      };
      return teller ? teller.interrupt(stop) : stop();
    },
    drained: counted.drained,
    background: backgrounds.add,
    pause: () => playback.pause(),
    resume: () => playback.resume(),
    ...pictures(parts.video),
    observe(observer) {
      if (tells === "observer") tell();
      observe(observer);
    },
    stats() {
      const { firstAt } = playback;
      const firstAudioMs = firstAt === undefined ? undefined : Math.max(0, firstAt - madeAt);
      return { ...parts.stats?.(), firstAudioMs };
    },
    close,
    async [Symbol.asyncDispose]() {
      incoming.disregard();
      playback.resume();
      await drained();
      await end();
    },
  };
}

/** Reads arriving keys until the call is over. */
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
  connected.catch(() => {}); // a bot need not await it
  return connected;
}

/** Counts what is heard from one interruption, or one end of all speech, to the next. */
function countHeard(
  playback: Playback,
  drained: () => Promise<number>,
): Pick<Transport, "interrupt" | "drained"> {
  /** Where the count begins, and where it began before. */
  let from = 0;
  let before = 0;
  const count = (to: number): Heard => {
    // If several wait for the same, the first has begun the next count.
    const begin = from < to ? from : before;
    return { heardMs: Math.round(playback.heardMs(begin, to)) };
  };
  const begin = (place: number) => {
    if (place <= from) return;
    before = from;
    from = place;
  };
  return {
    interrupt() {
      playback.interrupt();
      const { writtenMs } = playback;
      const heard = from < writtenMs ? count(writtenMs) : NOTHING;
      begin(writtenMs);
      return heard;
    },
    async drained() {
      const asked = from;
      const place = await drained();
      const heard = asked < place ? count(place) : NOTHING;
      begin(place);
      return heard;
    },
  };
}

const NOTHING: Heard = { heardMs: 0 };

/** Pictures, or none: a bot that shows one need not know whether the other side can see it. */
function pictures(video: CallVideo | undefined): Pick<Transport, "show" | "snapshot"> {
  const detail = "This transport carries no pictures; WebRTC does.";
  return {
    show: (picture) => video?.show(picture),
    snapshot: (options) =>
      video?.snapshot(options) ?? Promise.reject(new RunnerError("no_picture", detail)),
  };
}
