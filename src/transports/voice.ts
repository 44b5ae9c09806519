/**
 * The bot's voice: frames in, the messages of a carrier or a client out.
 *
 * @module
 */
import { createConverter } from "../audio/convert.ts";
import { mixInto } from "../audio/loudness.ts";
import type { Ticker } from "../audio/ticker.ts";
import { type BoundedWritable, boundedWritable } from "../core/bounded_writable.ts";
import type { AudioFaults } from "../core/audio_faults.ts";
import type { Observed } from "../core/call_observer.ts";
import type { MessageSize } from "../core/carrier.ts";
import type { Clock } from "../core/clock.ts";
import { type AudioFrame, type Frame, isLong, partsOf, writtenSize } from "../core/frame.ts";
import { isKey } from "../core/keys.ts";
import { checkFrame, ownFrame } from "../core/playable.ts";
import type { Background, Playback } from "../core/playback.ts";
import { delay } from "../core/wait.ts";
import { watchLateness } from "./lateness.ts";
import { createPlayout } from "./playout.ts";

/** Frames that may be written at once, without waiting for room. */
const WRITE_AHEAD = 16;
/** How long after its audio a mark may come before it is taken for lost, in ms. */
const MARK_DELAY_MS = 2000;

/** Writes the messages of the other side; it lacks what the other side does not know. */
export interface VoiceSerializer<T> {
  readonly size: MessageSize;
  media(samples: Int16Array): T;
  /** Without marks, audio is taken for heard once its time has passed, and this many ms more. */
  readonly latencyMs?: number;
  mark?(name: string): T;
  clear?(): T;
  dtmf?(digit: string): T;
  message?(data: unknown): T;
}

/** What a {@link Voice} is made of. */
export interface VoiceOptions<T> {
  /** Samples per second of the call, in Hz. */
  readonly sampleRate: number;
  readonly serializer: VoiceSerializer<T>;
  /** Sends a message to the other side. */
  readonly send: (message: T) => void;
  /** How often audio of the other side was lost before the bot could read it. Default: never. */
  readonly losses?: () => number;
  /** Where live audio that is dropped is counted. Default: nowhere. */
  readonly faults?: AudioFaults;
  /** Who observes the call. Default: nobody. */
  readonly observed?: Observed;
  readonly clock: Clock;
  readonly ticker: Ticker;
}

/** Says what the bot writes. */
export interface Voice {
  readonly writable: WritableStream<Frame>;
  readonly playback: Playback;
  /** How long it takes to the other side and back, in ms, once its marks have told. */
  readonly roundTripMs: number | undefined;
  /**
   * Measures the way to the other side before anything is said, for who observes: the first words
   * may be late as a whole, which their own marks cannot tell from a longer way.
   */
  probe(): void;
  /** The carrier returned a mark. */
  marked(name: string): void;
  /** The call is over: whatever is written is dropped. */
  end(): void;
}

/** Makes the voice of one call. */
export function createVoice<T>(options: VoiceOptions<T>): Voice {
  const { sampleRate, serializer, send, losses, faults, observed, clock, ticker } = options;
  let background: Background | undefined;
  /** What is said, and what is heard with it. */
  const accompanied = (samples: Int16Array, at: number): Int16Array => {
    const mixed = background?.take(samples.length, sampleRate) ?? new Int16Array(samples.length);
    observed?.observer?.background?.({ samples: mixed, sampleRate, at });
    mixInto(mixed, samples);
    return mixed;
  };
  const playout = createPlayout({
    sampleRate,
    size: serializer.size,
    send(samples, at, kind) {
      if (kind === "pace") lateness?.before(at);
      const heardAt = at + (lateness?.toldMs() ?? 0);
      if (kind !== "pause") observed?.observer?.spoken({ samples, sampleRate, at: heardAt });
      send(serializer.media(background ? accompanied(samples, heardAt) : samples));
      if (kind === "pace") lateness?.after(at + samples.length * 1000 / sampleRate);
    },
    ...(losses ? { losses } : {}),
    ...(faults ? { faults } : {}),
    clock,
    ticker,
  });
  const { hearing } = playout;
  const { mark: markOf, latencyMs = 0 } = serializer;
  const lateness = markOf && watchLateness(
    clock,
    (name) => send(markOf(name)),
    (from, by) => observed?.observer?.delayed?.(from, by),
  );
  const converter = createConverter({ sampleRate });
  const marks = new Map<string, Mark>();
  let markCount = 0;
  let ended = false;
  /** Frames up to this one were interrupted. */
  let interrupted = 0;
  /** How often sound was played past the stream. */
  let direct = 0;
  /** The latest promise to be drained, and how much was written before it. */
  let drain: { readonly after: number; readonly heard: Promise<number> } = {
    after: 0,
    heard: Promise.resolve(0),
  };

  // A frame can wait in the stream's own queue, out of our sight: so it is known how many went in
  // and how many came out.
  let taken = 0;
  const input: BoundedWritable<Frame> = boundedWritable({
    own: ownFrame,
    write(frame) {
      checkFrame(frame); // what is piped does not come by a writer
      const number = input.left;
      if (ended) return;
      if (number <= interrupted && frame.type !== "message") return;
      if (frame.type === "audio" && isLong(frame)) return sayInParts(frame, number);
      taken = number;
      if (frame.type === "audio") say(frame);
      else if (frame.type === "dtmf") press(frame.digit);
      else if (frame.type === "message" && serializer.message) {
        tell(serializer.message, frame.data);
      }
      if (marks.size > 0) placeMarks();
      return playout.room();
    },
    weigh: writtenSize,
    close: async () => void await drained(),
    abort: () => void interrupt(),
    over: () => ended,
  }, WRITE_AHEAD);

  const say = (frame: AudioFrame) => {
    // After a pause another sound begins, and not with the end of the one before.
    if (frame.timestamp === undefined && playout.isDry()) converter.flush();
    playout.write(converter.convert(frame), frame.timestamp);
  };

  const sayInParts = async (frame: AudioFrame, number: number): Promise<void> => {
    for (const part of partsOf(frame)) {
      if (ended || number <= interrupted) break;
      say(part);
      await (playout.room() ?? delay(0));
    }
    taken = number;
    if (marks.size > 0) placeMarks();
  };

  const press = (digit: string) => {
    const key = isKey(digit) ? serializer.dtmf?.(digit) : undefined;
    if (key === undefined) return;
    playout.afterwards(() => {
      observed?.observer?.key("bot", digit);
      send(key);
    });
  };

  const tell = (write: (data: unknown) => T, data: unknown) => {
    const message = write(data);
    playout.cue(() => {
      observed?.observer?.message("bot", data);
      send(message);
    });
  };

  const drained = (): Promise<number> => {
    const written = input.entered + direct;
    if (!ended && drain.after < written) {
      const { promise: heard, resolve } = Promise.withResolvers<number>();
      drain = { after: written, heard };
      marks.set(String(++markCount), { after: input.entered, resolve });
      placeMarks();
    }
    return drain.heard;
  };

  /** Puts marks behind the audio that they are about, once that is out of the stream's queue. */
  const placeMarks = () => {
    for (const [name, mark] of marks) {
      if (mark.place !== undefined || mark.after > taken) continue;
      playout.trail(converter.flush());
      mark.place = hearing.writtenMs;
      playout.afterwards(() => {
        const delay = markOf ? MARK_DELAY_MS : latencyMs;
        if (markOf) send(markOf(name));
        mark.cancel = clock.schedule(() => marked(name), playout.unplayedMs() + delay);
      });
    }
  };

  const marked = (name: string) => {
    const mark = marks.get(name);
    if (!mark) return;
    marks.delete(name);
    mark.cancel?.();
    // A mark that was not placed yet is dropped with all that it waits for.
    const place = mark.place ?? hearing.writtenMs;
    hearing.confirm(place);
    mark.resolve(place);
  };

  /** Drops everything; tells whether the carrier may still have some of it. */
  const drop = (place: number): boolean => {
    interrupted = input.entered;
    converter.flush();
    const unplayed = playout.clear();
    hearing.drop(place);
    lateness?.clear();
    for (const name of [...marks.keys()]) marked(name);
    drain = { after: input.entered + direct, heard: Promise.resolve(hearing.writtenMs) };
    return unplayed;
  };

  const interrupt = () => {
    if (ended) return;
    observed?.observer?.interrupted();
    // Where the other side knows no clear, what was sent is heard.
    const place = serializer.clear ? hearing.overBy(heardUntil(0)) : hearing.sentMs;
    if (!drop(place) || !serializer.clear) return;
    send(serializer.clear());
    observed?.observer?.silenced(clock.now());
  };
  /** What was due at this time is heard now. */
  const heardUntil = (latency = latencyMs) => clock.now() - (lateness?.ms() ?? latency);

  return {
    writable: input.writable,
    playback: {
      get writtenMs() {
        return hearing.writtenMs;
      },
      get firstAt() {
        return hearing.firstAt;
      },
      get overMs() {
        return hearing.overBy(heardUntil());
      },
      heardMs: (from, to) => hearing.heardBy(heardUntil(), from, to),
      watch: (written) => hearing.watch(written),
      play(frame) {
        if (ended) return undefined;
        direct++;
        // The bot may use its array again before it is sent.
        say(frame.sampleRate === sampleRate ? { ...frame, samples: frame.samples.slice() } : frame);
        return playout.room();
      },
      interrupt,
      drained,
      pause: playout.pause,
      resume: playout.resume,
      accompany(next) {
        background = ended ? undefined : next;
        playout.sendPauses(background !== undefined);
      },
    },
    get roundTripMs() {
      return lateness?.roundTripMs();
    },
    probe: () => lateness?.probe(),
    marked(name) {
      if (lateness?.returned(name)) return;
      observed?.observer?.mark(name);
      marked(name);
    },
    end() {
      ended = true;
      background = undefined;
      playout.sendPauses(false);
      drop(hearing.overBy(heardUntil()));
    },
  };
}

/** A promise to tell when audio was heard. */
interface Mark {
  /** The frame that it follows. */
  readonly after: number;
  /** The place that it stands at, once it does. */
  place?: number;
  readonly resolve: (place: number) => void;
  /** Ends the wait for a mark that never comes. */
  cancel?: () => void;
}
