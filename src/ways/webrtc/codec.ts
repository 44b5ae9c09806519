/**
 * The audio codecs of a call: Opus, and the G.711 of telephones (RFC 7874 section 3).
 *
 * @module
 */
import { toMono, toStereo } from "../../audio/channels.ts";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "../../audio/g711.ts";
import { type Opus, opusPacketDuration, type OpusSampleRate } from "../../audio/opus.ts";
import { createResampler } from "../../audio/resample.ts";
import { FRAME_MS } from "../../core/frame.ts";
import type { PeerAudio } from "../../core/peer.ts";

/** The codecs that calls can have, by their names in SDP, the better ones first. */
export const CODEC_NAMES = ["opus", "PCMU", "PCMA"] as const;

/** The name of a codec. */
export type CodecName = typeof CODEC_NAMES[number];

/** Samples to encode. */
export interface AudioFormat {
  /** Rate of the samples, in Hz. */
  readonly sampleRate: OpusSampleRate;
  /** How many channels are interleaved in the samples. */
  readonly channels: 1 | 2;
}

/** Turns samples into payloads. */
export interface AudioEncoder {
  /** How much later than the beginning of its payload a frame is heard, in ms. */
  readonly delayMs: number;
  /** Encodes one frame of 20 ms. */
  encode(samples: Int16Array): Uint8Array<ArrayBuffer>;
  /** Prepares for losses from now on, in percent, if the codec can. */
  expectLoss?(percent: number): void;
  /** Forgets the sound so far: another one begins. */
  restart(): void;
  /** Gives its memory back; the encoder cannot be used afterwards. */
  free(): void;
}

/** Turns payloads into samples. */
export interface AudioDecoder {
  /** Decodes one payload; throws if it is malformed. */
  decode(payload: Uint8Array): Int16Array;
  /** Rebuilds what was lost just before `payload`, as far as `payload` allows. */
  recover(payload: Uint8Array, durationMs: number): Int16Array;
  /** Conceals a loss based on what was decoded before it. */
  conceal(durationMs: number): Int16Array;
  /** Gives its memory back; the decoder cannot be used afterwards. */
  free(): void;
}

/** A codec, as RTP carries it. */
export interface Codec {
  readonly name: CodecName;
  /** Clock of its RTP timestamps, in Hz. */
  readonly clockRate: number;
  /** Duration of a payload in ms; 0 if it is malformed. */
  durationOf(payload: Uint8Array): number;
  /** Makes a decoder whose samples have a format, whatever the sender's. */
  decoder(audio: PeerAudio): AudioDecoder;
  /** Makes an encoder of samples in a format, whatever the codec's own. */
  encoder(format: AudioFormat): AudioEncoder;
  /**
   * What is sent for 20 ms in which there is nothing to say; nothing when no packet is due.
   *
   * @param beat How many of them there have been since the last sound, from 1.
   */
  silence(beat: number): Uint8Array | undefined;
}

/** One frame of digital silence in Opus: 20 ms, mono, full band. */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
/** A packet without a frame, which Opus decoders take for silence suppression. */
const SUPPRESSED = Uint8Array.of(0xf8);
/** What encoders look ahead, in ms: 2.5, and 4 so that all of Opus's modes are in step. */
const OPUS_DELAY_MS = 6.5;
/** Beats of silence after speech, so that its end is smooth. */
const SILENT_BEATS = 5;
const SUPPRESSED_EVERY_BEATS = 20;

/**
 * Opus (RFC 7587). While there is nothing to say it sends a few packets of silence and then, every
 * 400 ms, one that means silence suppression.
 */
export function opusCodec(opus: Opus): Codec {
  return {
    name: "opus",
    clockRate: 48_000,
    durationOf: opusPacketDuration,
    decoder: (audio) => opus.decoder(audio),
    encoder: (format) => ({ ...opus.encoder({ ...format, fec: true }), delayMs: OPUS_DELAY_MS }),
    silence(beat) {
      if (beat <= SILENT_BEATS) return SILENCE;
      return (beat - SILENT_BEATS) % SUPPRESSED_EVERY_BEATS === 1 ? SUPPRESSED : undefined;
    },
  };
}

/** G.711 has one byte for each sample at this rate (RFC 3551 section 4.5.14). */
const G711_RATE = 8000;
const G711_PER_MS = G711_RATE / 1000;
/** More than any sender puts into one packet. */
const LONGEST_MS = 200;
/** A loss fades out within this time: longer repetition hums. */
const FADE_MS = 60;

/**
 * G.711 in one of its laws. It sends silence like any other sound, since gateways without comfort
 * noise take a pause for a dead line.
 */
export function g711Codec(name: "PCMU" | "PCMA"): Codec {
  const [encodeLaw, decodeLaw] = name === "PCMU"
    ? [encodeMulaw, decodeMulaw]
    : [encodeAlaw, decodeAlaw];
  const silence = encodeLaw(new Int16Array(FRAME_MS * G711_PER_MS));
  return {
    name,
    clockRate: G711_RATE,
    durationOf: ({ length }) => length <= LONGEST_MS * G711_PER_MS ? length / G711_PER_MS : 0,
    decoder({ sampleRate, channels }) {
      const resampler = createResampler(G711_RATE, sampleRate);
      /** The end of what was heard, which replaces what is lost. */
      let last = new Int16Array(FRAME_MS * G711_PER_MS);
      let lostSamples = 0;
      const finish = (samples: Int16Array) => {
        const mono = resampler.process(samples);
        return channels === 2 ? toStereo(mono) : mono;
      };
      const conceal = (durationMs: number) => {
        const samples = new Int16Array(Math.round(durationMs * G711_PER_MS));
        for (let i = 0; i < samples.length; i++, lostSamples++) {
          const gain = Math.max(0, 1 - lostSamples / (FADE_MS * G711_PER_MS));
          samples[i] = gain * last[lostSamples % last.length]!;
        }
        return finish(samples);
      };
      return {
        decode(payload) {
          if (payload.length === 0 || payload.length > LONGEST_MS * G711_PER_MS) {
            throw new RangeError("A packet of G.711 has 1 to 1600 bytes.");
          }
          const samples = decodeLaw(payload);
          if (samples.length >= last.length) last = samples.slice(-last.length);
          lostSamples = 0;
          return finish(samples);
        },
        recover: (_payload, durationMs) => conceal(durationMs),
        conceal,
        free() {},
      };
    },
    encoder({ sampleRate, channels }) {
      const resampler = createResampler(sampleRate, G711_RATE);
      return {
        delayMs: resampler.delayMs,
        encode: (samples) => encodeLaw(resampler.process(toMono(samples, channels))),
        restart: () => void resampler.flush(),
        free() {},
      };
    },
    silence: () => silence,
  };
}
