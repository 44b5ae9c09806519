/**
 * Says speech that arrives in parts, by callback, as realtime models and text-to-speech services
 * send it.
 *
 * @module
 */
import {
  createPcmReader,
  type PcmChunk,
  type PcmOptions,
  type PcmReader,
} from "../audio/pcm_stream.ts";
import type { AudioFrame } from "../core/frame.ts";
import type { Heard } from "../core/playback.ts";
import { type Pushable, pushable } from "./pushable.ts";
import type { SpokenWord } from "../transports/heard_text.ts";
import type { Transport } from "../transports/transport.ts";

/** How many finished pieces to remember, so that late parts of them start nothing new. */
const MOST_OVER = 100;

/** How much of a piece of speech was heard. */
export interface HeardSpeech extends Heard {
  /** How much of its text; see `Utterance.heardText`. */
  readonly heardText: string;
}

/** How a {@link Speaker} reads sound, and whom it informs. */
export interface SpeakerOptions extends PcmOptions {
  /**
   * Called when a piece of speech ends before all of it was heard, even if none of it was heard,
   * and also if the call ended. Default: nothing is called.
   */
  readonly interrupted?: (id: string, heard: HeardSpeech) => void;
}

/**
 * Says pieces of speech, each with an id from the model: one after the other, in the order in which
 * they begin. A piece begins with its first part; parts that arrive after its end are dropped.
 */
export interface Speaker {
  /** Adds sound to a piece: bytes, or base64. */
  sound(id: string, chunk: PcmChunk): void;
  /** Adds text to a piece, including the space before it. */
  text(id: string, text: string): void;
  /** Adds a word of a piece and its time, if known. */
  word(id: string, word: SpokenWord): void;
  /** The piece is complete. */
  end(id: string): void;
}

/**
 * Makes a speaker.
 *
 * @param options The format of the sound, above all the sample rate in Hz, and a callback for
 * interruptions.
 *
 * @example
 * ```ts
 * import type { Transport } from "@pipecat/runner";
 * import { createSpeaker } from "@pipecat/runner/models";
 *
 * function sayAsItComes(model: WebSocket, transport: Transport): void {
 *   const speaker = createSpeaker(transport, {
 *     sampleRate: 24_000,
 *     interrupted: (id, { heardMs }) => model.send(JSON.stringify({ type: "cut", id, heardMs })),
 *   });
 *   model.onmessage = ({ data }) => {
 *     const { type, id, delta } = JSON.parse(data);
 *     if (type === "audio") speaker.sound(id, delta);
 *     if (type === "text") speaker.text(id, delta);
 *     if (type === "done") speaker.end(id);
 *   };
 * }
 * ```
 */
export function createSpeaker(
  transport: Pick<Transport, "say">,
  { interrupted: tell, ...format }: SpeakerOptions,
): Speaker {
  const pieces = new Map<string, Piece>();
  const over = new Set<string>();

  const begin = (id: string): Piece => {
    const piece = createPiece(format);
    pieces.set(id, piece);
    const utterance = transport.say(piece.sound, piece);
    utterance.done.then(({ heardMs, interrupted }) => {
      finish(id);
      if (interrupted) tell?.(id, { heardMs, heardText: utterance.heardText });
    }, () => finish(id)); // the log has it
    return piece;
  };
  const pieceOf = (id: string): Piece | undefined =>
    pieces.get(id) ?? (over.has(id) ? undefined : begin(id));
  const finish = (id: string) => {
    pieces.delete(id);
    over.add(id);
    const [oldest = ""] = over;
    if (over.size > MOST_OVER) over.delete(oldest);
  };

  return {
    sound(id, chunk) {
      const piece = pieceOf(id);
      if (!piece) return;
      const frame = piece.reader.read(chunk);
      if (frame.samples.length > 0) piece.sound.push(frame);
    },
    text: (id, text) => pieceOf(id)?.text.push(text),
    word: (id, word) => pieceOf(id)?.words.push(word),
    end(id) {
      const { sound, text, words } = pieces.get(id) ?? {};
      for (const part of [sound, text, words]) part?.end();
    },
  };
}

/** Parts of a piece that are not said yet. */
interface Piece {
  readonly reader: PcmReader;
  readonly sound: Pushable<AudioFrame>;
  readonly text: Pushable<string>;
  readonly words: Pushable<SpokenWord>;
}

function createPiece(format: PcmOptions): Piece {
  return {
    reader: createPcmReader(format),
    sound: pushable<AudioFrame>(),
    text: pushable<string>(),
    words: pushable<SpokenWord>(),
  };
}
