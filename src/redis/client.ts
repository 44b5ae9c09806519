/**
 * The part of a Redis client that is used, for any client.
 *
 * @module
 */

/**
 * A client of Redis or Valkey: `ioredis` and `iovalkey` have `call`, `redis` (node-redis, from
 * version 4) has `sendCommand`. Its owner is responsible for its login, reconnecting and closing.
 */
export type RedisLike =
  | {
    /** Runs a command. */
    call(command: string, ...args: string[]): Promise<unknown>;
  }
  | {
    /** Runs a command: its name, then its arguments. */
    sendCommand(args: string[]): Promise<unknown>;
  };

/** Where in Redis something is stored. */
export interface RedisOptions {
  /** The prefix of all keys: runners with the same one belong together. Default: `pipecat:`. */
  readonly prefix?: string;
}

/** The default prefix. */
export const PREFIX = "pipecat:";

/** Runs a command: its name, then its arguments. */
export type RunCommand = (...command: [string, ...string[]]) => Promise<unknown>;

/** Redis refused a command, or could not be asked. */
export class RedisError extends Error {
  /** The name of the class, for logs. */
  override readonly name = "RedisError";
  /** Whether Redis has no memory left for anything new. */
  readonly full: boolean;

  /**
   * Makes an error that may be logged.
   *
   * @param message The client's message. The rest of a client's error is dropped: the command with
   * its arguments may contain a login or a session.
   */
  constructor(message: string) {
    const [said = ""] = message.split(/, with args|\n/, 1);
    super(said.slice(0, LONGEST_MESSAGE));
    this.full = message.startsWith("OOM ");
  }
}

const LONGEST_MESSAGE = 200;

/** Makes a function that runs commands on a client. Every failure is a {@link RedisError}. */
export function commandsOf(client: RedisLike): RunCommand {
  const run = (command: [string, ...string[]]) =>
    "call" in client ? client.call(...command) : client.sendCommand(command);
  return async (...command) => {
    try {
      return await run(command);
    } catch (error) {
      throw new RedisError(error instanceof Error ? error.message : "The client has failed");
    }
  };
}

/** What `PX` takes: a time to live in whole ms, at least one. */
export function expiry(ms: number): string {
  return String(Math.max(1, Math.ceil(ms)));
}

/**
 * A string that Redis answered with; undefined if there is none.
 *
 * @throws {RedisError} for anything else, such as the bytes that a client may be set up to return.
 */
export function textOf(reply: unknown): string | undefined {
  if (typeof reply === "string") return reply;
  if (reply === null || reply === undefined) return undefined;
  throw unexpected();
}

/** The error for an answer that Redis never gives to the command, if its client returns strings. */
export function unexpected(): RedisError {
  return new RedisError("This is not an answer of Redis; its client must return strings");
}
