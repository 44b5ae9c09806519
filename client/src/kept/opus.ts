import { joined } from "./ogg.ts";

/** Encodes both sides of a call as it goes on. */
export interface SoundEncoder {
  /** A block: all samples of the user, then all of the bot; nothing for a hole. */
  push(block: Int16Array<ArrayBuffer> | undefined): void;
  /** Resolves when all that was pushed has been encoded. */
  flush(): Promise<void>;
  close(): void;
}

/** What an encoder is made of. */
export interface SoundEncoderOptions {
  /** Of the blocks, in Hz. */
  readonly sampleRate: number;
  /** How long a block is, in ms. */
  readonly blockMs: number;
  /** Takes the next packet of 20 ms, with both sides in it. */
  readonly onPacket: (packet: Uint8Array<ArrayBuffer>) => void;
}

/** For each side, in bits per second. */
const BITRATE = 20_000;
/** How long a packet is, in µs. */
const PACKET_US = 20_000;

/**
 * Makes an encoder; undefined where the browser has none. Each side is a stream of its own in each
 * packet (RFC 7845, section 5.1.1.2), for in stereo Opus lets one side be heard in the other.
 */
export async function createSoundEncoder(
  { sampleRate, blockMs, onPacket }: SoundEncoderOptions,
): Promise<SoundEncoder | undefined> {
  const config: AudioEncoderConfig = {
    codec: "opus",
    sampleRate,
    numberOfChannels: 1,
    bitrate: BITRATE,
    opus: { frameDuration: PACKET_US },
  };
  if (!("AudioEncoder" in globalThis)) return undefined;
  const { supported } = await AudioEncoder.isConfigSupported(config).catch(() => ({
    supported: false,
  }));
  if (!supported) return undefined;

  const waiting: Uint8Array<ArrayBuffer>[][] = [[], []];
  const encoders = waiting.map((packets) => {
    const encoder = new AudioEncoder({
      output(chunk) {
        const packet = new Uint8Array(chunk.byteLength);
        chunk.copyTo(packet);
        packets.push(packet);
        join();
      },
      error: () => {}, // it is closed then, and takes nothing more
    });
    encoder.configure(config);
    return encoder;
  });

  function join(): void {
    const [user = [], bot = []] = waiting;
    while (user.length > 0 && bot.length > 0) {
      const [first, second] = [user.shift(), bot.shift()];
      if (first && second) onPacket(joined(first, second));
    }
  }

  const frames = sampleRate * blockMs / 1000;
  const silence = new Int16Array(frames * 2);
  let count = 0;
  return {
    push(block = silence) {
      const timestamp = Math.round(count++ * blockMs * 1000);
      encoders.forEach((encoder, side) => {
        if (encoder.state !== "configured") return;
        const data = new AudioData({
          format: "s16",
          sampleRate,
          numberOfFrames: frames,
          numberOfChannels: 1,
          timestamp,
          data: block.subarray(side * frames, (side + 1) * frames),
        });
        encoder.encode(data);
        data.close();
      });
    },
    async flush() {
      const open = encoders.filter(({ state }) => state === "configured");
      await Promise.all(open.map((encoder) => encoder.flush().catch(() => {})));
    },
    close() {
      for (const encoder of encoders) if (encoder.state !== "closed") encoder.close();
    },
  };
}
