/**
 * As much of a Redis client as is used, whichever it is.
 *
 * @module
 */

/**
 * A client of Redis or Valkey: `ioredis` and `iovalkey` have `call`, `redis` (node-redis, from version
 * 4) has `sendCommand`. Its login, reconnecting and closing are its owner's.
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

/** Where something is kept in Redis. */
export interface RedisOptions {
  /**
   * What all keys begin with: runners with the same one belong together. Default: `pipecat:`.
   */
  readonly prefix?: string;
}

/** The prefix of who has named none. */
export const PREFIX = "pipecat:";

/** Runs a command: its name, then its arguments. */
export type RunCommand = (...command: [string, ...string[]]) => Promise<unknown>;

/** Redis has refused a command, or could not be asked. */
export class RedisError extends Error {
  /** The name of the class, for logs. */
  override readonly name = "RedisError";
  /** Whether it has no more memory for what is new. */
  readonly full: boolean;

  /**
   * Makes an error that may be logged.
   *
   * @param message As the client says it. What a client's error holds beside is left behind: the command
   * with its arguments, a login or a session among them.
   */
  constructor(message: string) {
    const [said = ""] = message.split(/, with args|\n/, 1);
    super(said.slice(0, LONGEST_MESSAGE));
    this.full = message.startsWith("OOM ");
  }
}

const LONGEST_MESSAGE = 200;

/** How a client is told to run commands. Every failure is a {@link RedisError}. */
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

/** What `PX` takes: a time to live in whole ms, of which there is at least one. */
export function expiry(ms: number): string {
  return String(Math.max(1, Math.ceil(ms)));
}

/**
 * A text that Redis has answered with; undefined where it has none.
 *
 * @throws {RedisError} for anything else, such as the bytes that a client may be set up to return.
 */
export function textOf(reply: unknown): string | undefined {
  if (typeof reply === "string") return reply;
  if (reply === null || reply === undefined) return undefined;
  throw unexpected();
}

/** The error of an answer that no Redis gives to the command, through a client that returns texts. */
export function unexpected(): RedisError {
  return new RedisError("The answer is not what Redis answers; its client has to return texts");
}
