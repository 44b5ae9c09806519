/**
 * Which files belong to which session: how many it may still upload, and what to delete at its end.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";
import { getLogger } from "../../core/log.ts";
import type { FileStorage } from "../../core/file_storage.ts";

const logger = getLogger(["pipecat", "runner", "uploads"]);

/** How long to keep files for a session that does not begin, in ms: as long as its record. */
const WAIT_MS = 10 * 60_000;

/** What a session may upload. */
export interface Quota {
  readonly files: number;
  readonly bytes: number;
}

/** A place for one file of a session. */
export interface Place {
  /**
   * Counts bytes that have arrived.
   *
   * @throws {RunnerError} `too_many_files` if the session has uploaded enough.
   */
  count(bytes: number): void;
  /** The file is saved. */
  saved(url: string): Promise<void>;
  /** The file is not saved. */
  dropped(): void;
}

interface Account {
  files: number;
  bytes: number;
  readonly urls: string[];
  /** Deletes the files if the session does not begin. */
  timer?: ReturnType<typeof setTimeout>;
  /** How many runs it has now: a client that reconnects has two for a moment. */
  running: number;
}

/** Tracks all sessions that have uploaded. */
export function createLedger(storage: FileStorage, quota: Quota) {
  const accounts = new Map<string, Account>();

  const remove = async (id: string) => {
    const account = accounts.get(id);
    if (!account) return;
    accounts.delete(id);
    clearTimeout(account.timer);
    await Promise.all(account.urls.map((url) => erase(id, url)));
  };
  const erase = async (id: string, url: string) => {
    try {
      await storage.delete(url);
    } catch (error) {
      logger.warn("A file of session {sessionId} could not be deleted: {error}", {
        sessionId: id,
        error,
      });
    }
  };
  const accountOf = (id: string): Account => {
    const known = accounts.get(id);
    if (known) return known;
    const account: Account = { files: 0, bytes: 0, urls: [], running: 0 };
    accounts.set(id, account);
    return account;
  };
  return {
    /**
     * Takes a place for a file.
     *
     * @throws {RunnerError} `too_many_files` if the session has uploaded enough.
     */
    take(id: string): Place {
      const account = accountOf(id);
      if (account.files >= quota.files) throw enough(quota);
      account.files++;
      if (account.running === 0) {
        clearTimeout(account.timer);
        account.timer = setTimeout(() => void remove(id), WAIT_MS);
      }
      let size = 0;
      return {
        count(bytes) {
          size += bytes;
          account.bytes += bytes;
          if (account.bytes > quota.bytes) throw enough(quota);
        },
        async saved(url) {
          account.urls.push(url);
          if (accounts.get(id) !== account) await erase(id, url); // it has ended in the meantime
        },
        dropped() {
          account.files--;
          account.bytes -= size;
        },
      };
    },
    /** The session has begun; call what this returns to delete its files. */
    began(id: string): () => Promise<void> {
      const account = accountOf(id);
      clearTimeout(account.timer);
      account.running++;
      return async () => {
        account.running--;
        if (account.running === 0 && accounts.get(id) === account) await remove(id);
      };
    },
    /** Deletes all files of all sessions. */
    async close(): Promise<void> {
      await Promise.all([...accounts.keys()].map(remove));
    },
  };
}

function enough({ files, bytes }: Quota): RunnerError {
  const detail = `A session may upload ${files} files, and ${bytes} bytes in all.`;
  return new RunnerError("too_many_files", detail);
}
