/**
 * The bot's voice: says lines to the caller, each made while the one before is heard.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Transport } from "../transports/transport.ts";
import type { Utterance } from "../transports/utterance.ts";
import { createFace } from "./face.ts";
import type { Clip, Speech } from "./speech.ts";
import { until } from "./until.ts";

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
  /** Says lines, replacing current speech. Resolves when all was heard, or interrupted. */
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

/** Makes a speaker. */
export function createSpeaker({ transport, speech, signal, clock }: SpeakerOptions): Speaker {
  const { rtvi } = transport;
  const face = createFace({ transport, signal, clock });
  let current: AbortController | undefined;
  let latest: Promise<void> = Promise.resolve();
  let printed = 0;

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
    },
    print(text) {
      rtvi.send("bot-output", {
        text,
        segment_id: -++printed, // the transport counts what is said from 1
        output_type: "sentence",
        will_be_spoken: false,
        spoken_status: "completed",
      });
    },
  };
  return speaker;

  async function sayAll(lines: readonly SpokenLine[], stop: AbortSignal): Promise<void> {
    const said: Utterance[] = [];
    for (const [i, line] of lines.entries()) {
      // A line is made while the one before is heard, no sooner: making it holds up the process.
      await until<unknown>(said.at(-2)?.done ?? Promise.resolve(), { signal: stop, clock });
      if (stop.aborted) return;
      const clip = line.clip ?? synthesize(line.text, i === 0);
      const { text } = line;
      const utterance = transport.say({ type: "audio", ...clip, channels: 1 }, { text });
      face.speak(utterance, clip);
      said.push(utterance);
    }
    await until<unknown>(said.at(-1)?.done ?? Promise.resolve(), { signal: stop, clock });
  }

  function synthesize(text: string, first: boolean): Clip {
    const began = performance.now();
    const clip = speech.synthesize(text, { stretch: speaker.stretch });
    const value = (performance.now() - began) / 1000;
    if (first) rtvi.metrics({ ttfb: [{ processor: "flite", model: speech.voice, value }] });
    return clip;
  }
}
