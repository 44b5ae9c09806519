/**
 * Packets of Opus on their way to a bot, at times that a test decides.
 *
 * @module
 */
import { loadOpus, type Opus } from "../../src/audio/opus.ts";
import type { AudioFrame, DtmfFrame } from "../../src/core/frame.ts";
import { opusCodec } from "../../src/ways/webrtc/codec.ts";
import { type AudioIn, createAudioIn } from "../../src/ways/webrtc/audio_in.ts";
import { sine } from "../audio/signals.ts";

export const opus = await loadOpus();
export const RATE = 16_000;
export const FRAME = RATE / 50;

/** A stream from a sender to its reader, with time in the test's hands. */
export interface Wire {
  readonly audioIn: AudioIn;
  readonly frames: (AudioFrame | DtmfFrame)[];
  /** Audio that was handed out since the last call. */
  audio(): AudioFrame[];
  /** Lets packets arrive now; numbers are places in the stream of 20 ms packets. */
  arrive(...places: number[]): void;
  /** Lets 20 ms pass, without a packet. */
  beat(count?: number): void;
  /** Sends and receives packets in real time. */
  play(from: number, to: number): void;
  now: number;
}

export function wire(codec: Opus, samples: Int16Array, shift = (place: number) => place): Wire {
  const frames: (AudioFrame | DtmfFrame)[] = [];
  const audioIn = createAudioIn((frame) => frames.push(frame));
  const encoder = codec.encoder({ sampleRate: RATE, channels: 1, fec: true });
  const packets: Uint8Array[] = [];
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) {
    packets.push(encoder.encode(samples.subarray(at, at + FRAME)));
  }
  encoder.free();
  let read = 0;
  const self: Wire = {
    audioIn,
    frames,
    audio() {
      const fresh = frames.slice(read).filter((frame) => frame.type === "audio");
      read = frames.length;
      return fresh;
    },
    arrive(...places) {
      for (const place of places) {
        audioIn.receive({
          kind: "audio",
          stream: 7,
          sequence: (65_530 + place) & 0xffff,
          timestamp: (4_294_960_000 + shift(place) * 960) >>> 0,
          payload: packets[place]!,
        }, self.now);
      }
    },
    beat(count = 1) {
      for (let i = 0; i < count; i++) {
        self.now += 20;
        audioIn.tick(1, self.now);
      }
    },
    play(from, to) {
      for (let place = from; place < to; place++) {
        self.arrive(place);
        self.beat();
      }
    },
    now: 1000,
  };
  audioIn.start(opusCodec(codec));
  return self;
}

export const tone = sine(440, RATE, 2);
export const timestamps = (frames: readonly AudioFrame[]) =>
  frames.map(({ timestamp }) => timestamp);
export const loud = ({ samples }: AudioFrame) => samples.some((sample) => Math.abs(sample) > 1000);
