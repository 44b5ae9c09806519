/**
 * The Opus codec: encode, decode, in-band error correction (FEC) and loss concealment (PLC).
 *
 * A thin layer over libopus compiled to WebAssembly. All codecs of one {@link Opus} share one
 * WebAssembly memory, so a codec must be freed when its session ends.
 *
 * @module
 */

import { RunnerError } from "../core/error.ts";

/** Rates that Opus reads and writes, in Hz. */
export type OpusSampleRate = 8000 | 12000 | 16000 | 24000 | 48000;

/** How to encode. */
export interface OpusEncoderOptions {
  /** Rate of the samples, in Hz. */
  readonly sampleRate: OpusSampleRate;
  /** Channels of the samples. */
  readonly channels: 1 | 2;
  /** Target in bits per second. Default: 32 000. */
  readonly bitrate?: number;
  /** From 0 (fast) to 10 (good). Default: 5. */
  readonly complexity?: number;
  /** Whether each packet also carries a coarse copy of the frame before it. */
  readonly fec?: boolean;
  /** Whether to send silence as packets of one or two bytes, which need not be transmitted. */
  readonly dtx?: boolean;
  /** The loss to prepare for, in percent. Default: 10 with `fec`, else 0. */
  readonly expectedLossPercent?: number;
}

/** How to decode; packets of any rate and channel count are converted to this. */
export interface OpusDecoderOptions {
  /** Rate of the decoded samples, in Hz. */
  readonly sampleRate: OpusSampleRate;
  /** Channels of the samples. */
  readonly channels: 1 | 2;
}

/** Turns samples into packets. */
export interface OpusEncoder {
  /**
   * Encodes one frame of 2.5, 5, 10, 20, 40 or 60 ms (interleaved if stereo) into one packet.
   *
   * @throws {RangeError} if the samples are not exactly one frame.
   */
  encode(samples: Int16Array): Uint8Array<ArrayBuffer>;
  /**
   * Prepares for a different loss from now on.
   *
   * @throws {RangeError} if it is not 0 to 100 percent.
   */
  expectLoss(percent: number): void;
  /** Forgets the sound so far, whose last milliseconds would begin the next packet. */
  restart(): void;
  /** Frees its memory; the encoder cannot be used afterwards. */
  free(): void;
}

/** Turns packets into samples. */
export interface OpusDecoder {
  /**
   * Decodes one packet into up to 120 ms of samples (interleaved if stereo).
   *
   * @throws {RunnerError} with code `bad_opus_packet` if the packet is malformed.
   */
  decode(packet: Uint8Array): Int16Array<ArrayBuffer>;
  /**
   * Rebuilds the lost frame before `packet` from the copy in it, or conceals the loss if there is
   * no copy. Decode `packet` itself afterwards.
   *
   * @param durationMs Length of the loss: a multiple of 2.5, at most 120.
   * @throws {RunnerError} with code `bad_opus_packet` if the packet is malformed.
   */
  recover(packet: Uint8Array, durationMs: number): Int16Array<ArrayBuffer>;
  /**
   * Conceals a loss based on what was decoded before it; a long loss fades out.
   *
   * @param durationMs Length of the loss: a multiple of 2.5, at most 120.
   */
  conceal(durationMs: number): Int16Array<ArrayBuffer>;
  /** Frees its memory; the decoder cannot be used afterwards. */
  free(): void;
}

/** A loaded codec. */
export interface Opus {
  /** Makes an encoder tuned for speech. */
  encoder(options: OpusEncoderOptions): OpusEncoder;
  /** Makes a decoder. */
  decoder(options: OpusDecoderOptions): OpusDecoder;
}

type OpusExports = {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  malloc(size: number): number;
  free(pointer: number): void;
  opus_encoder_get_size(channels: number): number;
  opus_encoder_init(state: number, rate: number, channels: number, application: number): number;
  opus_encoder_ctl_set(state: number, request: number, value: number): number;
  opus_encode(state: number, pcm: number, frames: number, packet: number, cap: number): number;
  opus_decoder_get_size(channels: number): number;
  opus_decoder_init(state: number, rate: number, channels: number): number;
  opus_decode(
    state: number,
    packet: number,
    length: number,
    pcm: number,
    frames: number,
    fec: number,
  ): number;
};

const APPLICATION_VOIP = 2048;
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
const SET_INBAND_FEC = 4012;
const SET_PACKET_LOSS_PERCENT = 4014;
const SET_DTX = 4016;
const RESET_STATE = 4028;

/** Frame lengths in ms by configuration number (RFC 6716 table 2). */
const SILK_MS = [10, 20, 40, 60];
const HYBRID_MS = [10, 20];
const CELT_MS = [2.5, 5, 10, 20];

/** The longest packet. */
const LONGEST_MS = 120;
/** Larger than 120 ms of the largest Opus frames; no datagram comes near it. */
const PACKET_CAP = 8192;
/** 120 ms of 48 kHz stereo, in samples. */
const PCM_CAP = 48 * LONGEST_MS * 2;

/** Loads the codec, in about 20 ms; keep the result, since every call makes a new one. */
export async function loadOpus(): Promise<Opus> {
  const nothing = () => 0;
  const { instance } = await WebAssembly.instantiate(await readCodec(), {
    env: { emscripten_notify_memory_growth: nothing },
    wasi_snapshot_preview1: {
      fd_close: nothing,
      fd_seek: nothing,
      fd_write: nothing,
      proc_exit: nothing,
    },
  });
  // The module is embedded, so its exports are known; a test runs every one declared here.
  const codec = instance.exports as OpusExports;
  codec._initialize();
  // Calls never overlap, so all encoders and decoders share these two buffers.
  const packetPointer = codec.malloc(PACKET_CAP);
  const pcmPointer = codec.malloc(PCM_CAP * Int16Array.BYTES_PER_ELEMENT);

  // Views are made for every call: allocating a codec can grow the memory and detach old ones.
  const pcmView = (length: number) => new Int16Array(codec.memory.buffer, pcmPointer, length);
  const packetView = (length: number) => new Uint8Array(codec.memory.buffer, packetPointer, length);

  return {
    encoder(options) {
      const { sampleRate, channels, bitrate = 32_000, complexity = 5 } = options;
      const { fec = false, dtx = false, expectedLossPercent = fec ? 10 : 0 } = options;
      const owned = own(codec, codec.opus_encoder_get_size(channels));
      try {
        const state = owned.pointer();
        check(codec.opus_encoder_init(state, sampleRate, channels, APPLICATION_VOIP), "encoder");
        for (
          const [request, value] of [
            [SET_BITRATE, bitrate],
            [SET_COMPLEXITY, complexity],
            [SET_INBAND_FEC, fec ? 1 : 0],
            [SET_DTX, dtx ? 1 : 0],
            [SET_PACKET_LOSS_PERCENT, expectedLossPercent],
          ] as const
        ) check(codec.opus_encoder_ctl_set(state, request, value), "encoder");
      } catch (error) {
        owned.free();
        throw error;
      }
      return {
        encode(samples) {
          const state = owned.pointer();
          const frames = samples.length / channels;
          let length = -1;
          if (Number.isInteger(frames) && samples.length <= PCM_CAP) {
            pcmView(samples.length).set(samples);
            length = codec.opus_encode(state, pcmPointer, frames, packetPointer, PACKET_CAP);
          }
          if (length < 0) {
            throw new RangeError(
              `${samples.length} samples at ${sampleRate} Hz are not one Opus frame.`,
            );
          }
          return packetView(length).slice();
        },
        expectLoss(percent) {
          const state = owned.pointer();
          check(codec.opus_encoder_ctl_set(state, SET_PACKET_LOSS_PERCENT, percent), "encoder");
        },
        restart() {
          check(codec.opus_encoder_ctl_set(owned.pointer(), RESET_STATE, 0), "encoder");
        },
        free: owned.free,
      };
    },

    decoder({ sampleRate, channels }) {
      const owned = own(codec, codec.opus_decoder_get_size(channels));
      try {
        check(codec.opus_decoder_init(owned.pointer(), sampleRate, channels), "decoder");
      } catch (error) {
        owned.free();
        throw error;
      }
      const frames = (durationMs: number): number => {
        if (durationMs > 0 && durationMs <= LONGEST_MS && durationMs % 2.5 === 0) {
          return durationMs * sampleRate / 1000;
        }
        throw new RangeError(
          `A loss must be a multiple of 2.5 ms up to 120 ms, not ${durationMs} ms.`,
        );
      };
      const decode = (packet: Uint8Array, frameCount: number, fec: 0 | 1) => {
        const state = owned.pointer();
        // libopus takes an empty packet for a loss.
        if (packet.length === 0 || packet.length > PACKET_CAP) throw badPacket();
        packetView(packet.length).set(packet);
        return finish(
          codec.opus_decode(state, packetPointer, packet.length, pcmPointer, frameCount, fec),
        );
      };
      const finish = (decoded: number): Int16Array<ArrayBuffer> => {
        if (decoded < 0) throw badPacket();
        return pcmView(decoded * channels).slice();
      };
      return {
        decode: (packet) => decode(packet, frames(LONGEST_MS), 0),
        recover: (packet, durationMs) => decode(packet, frames(durationMs), 1),
        conceal: (durationMs) =>
          finish(codec.opus_decode(owned.pointer(), 0, 0, pcmPointer, frames(durationMs), 0)),
        free: owned.free,
      };
    },
  };
}

/** Duration of a packet in ms, read without decoding (RFC 6716 section 3.1); 0 if malformed. */
export function opusPacketDuration(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const config = toc >> 3;
  const lengths = config < 12 ? SILK_MS : config < 16 ? HYBRID_MS : CELT_MS;
  const code = toc & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 0x3f;
  const durationMs = count * (lengths[config % lengths.length] ?? 0);
  return durationMs <= LONGEST_MS ? durationMs : 0;
}

/** Imported on demand, since not every session needs Opus. */
async function readCodec(): Promise<ArrayBuffer> {
  const { OPUS_WASM_GZIP_BASE64 } = await import("./opus_wasm.ts");
  // The fastest way to decode base64 that all runtimes have.
  const { body } = await fetch(`data:;base64,${OPUS_WASM_GZIP_BASE64}`);
  return await new Response(body!.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** Memory of one codec, which can be freed once and not used afterwards. */
function own(codec: OpusExports, size: number): { pointer(): number; free(): void } {
  if (size <= 0) throw new RangeError("Opus has one or two channels.");
  let pointer = codec.malloc(size);
  if (pointer === 0) throw new RangeError("Opus is out of memory: free unused codecs.");
  return {
    pointer() {
      if (pointer === 0) throw new TypeError("This Opus codec was freed.");
      return pointer;
    },
    free() {
      codec.free(pointer); // freeing 0 does nothing
      pointer = 0;
    },
  };
}

function check(status: number, what: string): void {
  if (status !== 0) throw new RangeError(`An option of the Opus ${what} is out of range.`);
}

function badPacket(): RunnerError {
  return new RunnerError("bad_opus_packet", "The Opus packet is malformed.");
}
