/**
 * Tells an RTVI client what the bot says, in step with what is heard.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Playback } from "../core/playback.ts";
import type { RtviChannel } from "../rtvi/channel.ts";
import { protocolVersion } from "../rtvi/protocol.ts";
import type { Saying } from "./utterance.ts";

/** How often to check what was heard, in ms. */
const LOOK_EVERY_MS = 50;
/** A bot that was not heard for this long has stopped speaking, in ms: as in Pipecat. */
const SILENT_MS = 350;

/** Tells what the bot says. */
export interface SpeechTeller {
  /** Sends the text of an utterance as it is heard. */
  follow(saying: Saying): void;
  /** The bot is being interrupted: everything it says is over. */
  interrupt<Result>(stop: () => Result): Result;
  /** Sends nothing more. */
  end(): void;
}

/** How much of an utterance's text was sent. */
interface Told {
  readonly segment: number;
  /** Whether its sound is being produced; undefined before. */
  made?: boolean;
  shown: boolean;
  text: string;
  heard: string;
}

/** Makes a teller. */
export function createSpeechTeller(
  playback: Playback,
  rtvi: RtviChannel,
  clock: Clock,
): SpeechTeller {
  const followed = new Map<Saying, Told>();
  /** Where speech begins that has not been heard, and where the latest ends. */
  let from = 0;
  let to = 0;
  /** How far speech was heard, and when. */
  let heard = 0;
  let heardAt = 0;
  let speaking = false;
  /** Whether the client speaks the first protocol version, which has no progress. */
  let old = false;
  let segments = 0;
  let cancel: (() => void) | undefined;
  let over = false;

  const look = () => {
    cancel = undefined;
    const now = clock.now();
    for (const [saying, told] of followed) tellMaking(saying, told);
    const reached = Math.min(playback.overMs, to);
    if (reached > heard) {
      heard = reached;
      heardAt = now;
      speak(heard > from);
    } else if (now - heardAt >= SILENT_MS) speak(false);
    for (const [saying, told] of followed) tellText(saying, told);
    if (speaking || heard < to || followed.size > 0) wait();
  };
  const wait = () => {
    if (!over) cancel ??= clock.schedule(look, LOOK_EVERY_MS);
  };
  const speak = (speaks: boolean) => {
    if (speaks === speaking) return;
    speaking = speaks;
    rtvi.send(speaks ? "bot-started-speaking" : "bot-stopped-speaking");
  };

  const tellMaking = ({ begun, complete, end }: Saying, told: Told) => {
    if (begun && told.made === undefined) make(told, true);
    if (told.made && (complete || end)) make(told, false);
  };
  const tellText = (saying: Saying, told: Told) => {
    const { end, complete, text } = saying;
    if (end) followed.delete(saying);
    // While the sound's length is a guess, text already shown stays.
    const heardText = end ? saying.heardText : longer(saying.heardText, told.heard);
    if (!told.shown && saying.heardMs > 0) begin(told, text);
    if (!told.shown || (told.heard === heardText && told.text === text)) return;
    const words = heardText.slice(told.heard.length).trim();
    told.heard = heardText;
    told.text = text;
    if (words) {
      if (old) {
        rtvi.send("bot-output", { text: words, aggregated_by: "word", spoken: true });
      }
      rtvi.send("bot-tts-text", { text: words });
      rtvi.send("tts-raw-text", { text: words });
    }
    if (!old) show(told, complete && heardText === text);
  };
  const make = (told: Told, made: boolean) => {
    told.made = made;
    rtvi.send(made ? "bot-tts-started" : "bot-tts-stopped");
  };
  const begin = (told: Told, text: string) => {
    told.shown = true;
    told.text = text;
    if (old) rtvi.send("bot-output", { text, aggregated_by: "sentence", spoken: false });
    else show(told, false);
  };
  const show = ({ segment, text, heard }: Told, complete: boolean) =>
    rtvi.send("bot-output", {
      text,
      output_type: "sentence",
      segment_id: segment,
      will_be_spoken: true,
      spoken_status: complete ? "completed" : heard ? "in-progress" : "new",
      spoken_progress: { accumulated_text: heard, remaining_text: text.slice(heard.length) },
    });

  playback.watch((begin) => {
    if (heard >= to) from = begin;
    to = playback.writtenMs;
    wait();
  });
  void rtvi.clientReady.then((version) => {
    old = protocolVersion(version)?.[0] === 1;
  });
  return {
    follow(saying) {
      followed.set(saying, { segment: ++segments, shown: false, text: "", heard: "" });
      wait();
      // At once, because a bot may leave when it has said everything.
      const last = () => {
        if (over || !followed.has(saying)) return;
        cancel?.();
        look();
      };
      void saying.done.then(last, last);
    },
    interrupt(stop) {
      const cutsOff = speaking || playback.overMs < to || followed.size > 0;
      const result = stop();
      if (over) return result;
      for (const [saying, told] of followed) {
        tellMaking(saying, told);
        tellText(saying, told);
      }
      if (cutsOff) rtvi.send("bot-interrupted");
      speak(false);
      heard = to = playback.writtenMs;
      return result;
    },
    end() {
      over = true;
      cancel?.();
    },
  };
}

function longer(one: string, other: string): string {
  return one.length > other.length ? one : other;
}
