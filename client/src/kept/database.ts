import type { CallFile } from "../../../src/recording/call_file.ts";
import type { LoggedMessage } from "../session/happenings.ts";
import type { Packets } from "./ogg.ts";

/** A call that is kept in this browser, without its messages and its sound. */
export interface KeptCall {
  /** Its key. */
  readonly id: string;
  readonly startedAt: Date;
  /** The name of the bot, where there are several. */
  readonly bot: string | undefined;
  /** How the page was connected, such as `webrtc` or `twilio`. */
  readonly transport: string;
  /** In ms, as far as it came. */
  readonly durationMs: number;
  /** How it ended; absent while it goes on, and for a page that was closed in the call. */
  readonly ending?: string;
  readonly failed: boolean;
  /** How much room it takes, in bytes, about. */
  readonly bytes: number;
  /** When its sound begins, in ms since the call began. */
  readonly soundFrom: number;
  /** All that is known of it but for the messages. */
  readonly file: CallFile;
}

/** A piece of a call: its messages and its sound of about ten seconds. */
export interface Chunk {
  readonly messages: readonly Omit<LoggedMessage, "at">[];
  readonly sound: readonly Packets[];
}

const NAME = "pipecat-runner";
const CALLS = "calls";
const CHUNKS = "chunks";
/** How many calls are kept, and how much room they may take, in bytes. */
export const MOST_CALLS = 20;
const MOST_BYTES = 200_000_000;

/** The calls of this browser. */
export interface CallShelf {
  /** The latest first. */
  list(): Promise<readonly KeptCall[]>;
  /** The pieces of a call, in their order. */
  chunks(id: string): Promise<readonly Chunk[]>;
  /** Writes down how far a call has come, and the next piece of it; the oldest calls have to go. */
  keep(call: KeptCall, index: number, chunk: Chunk): Promise<void>;
  clear(): Promise<void>;
}

/**
 * Opens the shelf.
 *
 * @throws {DOMException} Where the browser keeps nothing, as in some private windows.
 */
export async function openShelf(): Promise<CallShelf> {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(CALLS, { keyPath: "id" });
    opening.result.createObjectStore(CHUNKS);
  };
  const database = await done(opening);
  database.onversionchange = () => database.close();

  const begin = (mode: IDBTransactionMode): Stores => {
    const transaction = database.transaction([CALLS, CHUNKS], mode);
    return {
      calls: transaction.objectStore(CALLS),
      chunks: transaction.objectStore(CHUNKS),
    };
  };
  const sorted = async (calls: IDBObjectStore): Promise<readonly KeptCall[]> => {
    const all = await done<KeptCall[]>(calls.getAll());
    return all.sort((one, other) => other.startedAt.getTime() - one.startedAt.getTime());
  };

  return {
    list: () => sorted(begin("readonly").calls),
    chunks: (id) => done<Chunk[]>(begin("readonly").chunks.getAll(chunksOf(id))),
    async keep(call, index, chunk) {
      const { calls, chunks } = begin("readwrite");
      const written = [done(calls.put(call)), done(chunks.put(chunk, [call.id, index]))];
      let room = MOST_BYTES;
      for (const [place, { id, bytes }] of (await sorted(calls)).entries()) {
        room -= bytes;
        if (id === call.id || (place < MOST_CALLS && room >= 0)) continue;
        calls.delete(id);
        chunks.delete(chunksOf(id));
      }
      await Promise.all(written);
    },
    async clear() {
      const { calls, chunks } = begin("readwrite");
      await Promise.all([done(calls.clear()), done(chunks.clear())]);
    },
  };
}

interface Stores {
  readonly calls: IDBObjectStore;
  readonly chunks: IDBObjectStore;
}

function chunksOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, 0], [id, Infinity]);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
