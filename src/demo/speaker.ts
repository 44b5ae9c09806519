/**
 * The bot's voice: plays lines to the caller, and tells an RTVI client what is being said.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { BotOutput } from "../rtvi/server_messages.ts";
import type { Transport } from "../transports/transport.ts";
import type { Clip, Speech } from "./speech.ts";
import { sleepUntil, until } from "./until.ts";

/** Something to say: a sentence to synthesize, or a recording with words that describe it. */
export interface SpokenLine {
  readonly text: string;
  readonly clip?: Clip;
}

/** One voice, which says one thing at a time. */
export interface Speaker {
  /** Whether something is being said. */
  readonly speaking: boolean;
  /** How much longer than usual it takes to say something; 1 at first. */
  stretch: number;
  /** Says lines, instead of what was being said. Resolves when all was heard, or interrupted. */
  say(lines: readonly SpokenLine[]): Promise<void>;
  /** Stops at once, in the middle of a word. */
  interrupt(): void;
  /** Shows a line to an RTVI client without saying it. */
  print(text: string): void;
}

/** What a {@link Speaker} needs. */
export interface SpeakerOptions {
  readonly transport: Transport;
  readonly speech: Speech;
  /** Stops the speaker for good. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Sound is handed to the transport in pieces of this length, in ms. */
const PIECE_MS = 1000;

/** Makes a speaker; it takes the writable of the transport for itself. */
export function createSpeaker({ transport, speech, signal, clock }: SpeakerOptions): Speaker {
  const { rtvi } = transport;
  const writer = transport.writable.getWriter();
  let current: AbortController | undefined;
  let latest: Promise<void> = Promise.resolve();
  let segments = 0;

  const speaker: Speaker = {
    stretch: 1,
    get speaking() {
      return current !== undefined;
    },
    say(lines) {
      speaker.interrupt();
      const own = current = new AbortController();
      const stop = AbortSignal.any([signal, own.signal]);
      // What was said before has been stopped, but may have a step to go.
      const saying = latest.then(() => sayAll(lines, stop)).finally(() => {
        if (current === own) current = undefined;
      });
      latest = saying.catch(() => {}); // it is for the caller of `say` to know
      return saying;
    },
    interrupt() {
      if (!current) return;
      current.abort();
      current = undefined;
      transport.interrupt();
      rtvi.send("bot-interrupted");
    },
    print(text) {
      rtvi.send("bot-output", {
        ...segmentOf(text),
        will_be_spoken: false,
        spoken_status: "completed",
      });
    },
  };
  return speaker;

  async function sayAll(lines: readonly SpokenLine[], stop: AbortSignal): Promise<void> {
    const limit = { signal: stop, clock };
    if (stop.aborted) return;
    /** When the line that was written last begins and ends to be heard, give or take 200 ms. */
    let begin = clock.now();
    let end = begin;
    let shown = Promise.resolve();
    rtvi.send("bot-tts-started");
    for (const [i, line] of lines.entries()) {
      // A line is made while the one before is heard, no sooner: making it holds up the process.
      await sleepUntil(begin, limit);
      if (stop.aborted) break;
      const clip = line.clip ?? synthesize(line.text, i === 0);
      if (i === 0) rtvi.send("bot-started-speaking");
      begin = Math.max(end, clock.now());
      end = begin + clip.samples.length / clip.sampleRate * 1000;
      const span = { begin, end };
      shown = shown.then(() => show(line.text, span, stop));
      await write(clip, stop);
    }
    rtvi.send("bot-tts-stopped");
    await until(transport.drained(), limit);
    await shown;
    if (end > begin) rtvi.send("bot-stopped-speaking");
  }

  function synthesize(text: string, first: boolean): Clip {
    const began = performance.now();
    const clip = speech.synthesize(text, { stretch: speaker.stretch });
    const value = (performance.now() - began) / 1000;
    if (first) rtvi.send("metrics", { ttfb: [{ processor: "flite", model: speech.voice, value }] });
    return clip;
  }

  async function write({ samples, sampleRate }: Clip, stop: AbortSignal): Promise<void> {
    const size = sampleRate * PIECE_MS / 1000;
    for (let start = 0; start < samples.length && !stop.aborted; start += size) {
      const piece = samples.subarray(start, start + size);
      const written = writer.write({ type: "audio", samples: piece, sampleRate, channels: 1 });
      // It fails when the caller has left, which the signal of the session says, too.
      await until(written.catch(() => {}), { signal: stop, clock });
    }
  }

  /**
   * Shows a line word by word while it is heard. The synthesizer does not tell where in the sound
   * the words are, so each gets the share that its letters have in the line.
   */
  async function show(
    text: string,
    { begin, end }: { readonly begin: number; readonly end: number },
    stop: AbortSignal,
  ): Promise<void> {
    const segment = segmentOf(text);
    let length = 0;
    for (const word of ["", ...text.match(/\S+\s*/g) ?? []]) {
      length += word.length;
      await sleepUntil(begin + (end - begin) * length / text.length, { signal: stop, clock });
      if (stop.aborted) return;
      rtvi.send("bot-output", {
        ...segment,
        will_be_spoken: true,
        spoken_status: length === 0 ? "new" : length < text.length ? "in-progress" : "completed",
        spoken_progress: {
          accumulated_text: text.slice(0, length),
          remaining_text: text.slice(length),
        },
      });
    }
  }

  function segmentOf(text: string): Pick<BotOutput, "text" | "segment_id" | "output_type"> {
    return { text, segment_id: ++segments, output_type: "sentence" };
  }
}
