import type { LoggedMessage } from "../session/happenings.ts";
import { type CallShelf, type Chunk, type KeptCall, openShelf } from "./database.ts";
import { oggFile, type Packets } from "./ogg.ts";
import { createSoundEncoder, type SoundEncoder } from "./opus.ts";

/** Keeps one call while it goes on, so that not even a page that is closed loses it. */
export interface Keeper {
  /** A block of sound; nothing for a hole. */
  block(block: Int16Array<ArrayBuffer> | undefined, sampleRate: number): void;
  message(message: LoggedMessage): void;
  /** Whether the browser can encode the sound; false while that is not known. */
  readonly encodes: boolean;
  /** What was heard until now; undefined where the browser cannot encode it. */
  sound(): Promise<Blob | undefined>;
  /** Writes the rest; nothing is taken after it. */
  end(): Promise<void>;
}

/** What is known of the call but for what the keeper has seen itself. */
export type Describe = () => Promise<Omit<KeptCall, "bytes">>;

/** How much of a call a page that is closed may lose, in ms. */
const WRITE_MS = 10_000;

/** Begins to keep a call. */
export async function createKeeper(describe: Describe, blockMs: number): Promise<Keeper> {
  const shelf: CallShelf | undefined = await openShelf().catch(() => undefined);
  const sound: Packets[] = [];
  let encoder: Promise<SoundEncoder | undefined> | undefined;
  let encodes = false;
  let rate = 0;
  let packets: Uint8Array<ArrayBuffer>[] = [];
  let messages: Chunk["messages"][number][] = [];
  /** How many pieces of sound the shelf has. */
  let written = 0;
  let index = 0;
  let bytes = 0;
  let writing = Promise.resolve();

  /** Puts the packets that have come together, for many small pieces take much room. */
  function pack(): void {
    if (packets.length === 0) return;
    const chunk = {
      bytes: new Uint8Array(packets.reduce((sum, { length }) => sum + length, 0)),
      sizes: Uint16Array.from(packets, ({ length }) => length),
    };
    let at = 0;
    for (const packet of packets) {
      chunk.bytes.set(packet, at);
      at += packet.length;
    }
    packets = [];
    sound.push(chunk);
  }

  async function write(): Promise<void> {
    pack();
    const chunk: Chunk = { messages, sound: sound.slice(written) };
    messages = [];
    written = sound.length;
    bytes += chunk.sound.reduce((sum, { bytes }) => sum + bytes.length, 0) +
      JSON.stringify(chunk.messages).length;
    const call = await describe();
    await shelf?.keep({ ...call, bytes: bytes + JSON.stringify(call.file).length }, index++, chunk);
  }
  // One after the other; what cannot be written is lost to the shelf, and not to the page.
  const writeNext = (): Promise<void> => writing = writing.then(write).catch(() => {});
  const timer = setInterval(writeNext, WRITE_MS);

  return {
    get encodes() {
      return encodes;
    },
    block(block, sampleRate) {
      // A browser that cannot record at the first rate goes on at another.
      if (rate !== sampleRate) {
        void encoder?.then((encoder) => encoder?.close());
        rate = sampleRate;
        encoder = createSoundEncoder({
          sampleRate,
          blockMs,
          onPacket: (packet) => packets.push(packet),
        });
        void encoder.then((encoder) => encodes = encoder !== undefined);
      }
      void encoder?.then((encoder) => encoder?.push(block));
    },
    message({ at: _, ...message }) {
      messages.push(message);
    },
    async sound() {
      await (await encoder)?.flush();
      pack();
      return sound.length > 0 ? oggFile(sound) : undefined;
    },
    async end() {
      clearInterval(timer);
      const made = await encoder;
      await made?.flush();
      made?.close();
      await writeNext();
    },
  };
}
