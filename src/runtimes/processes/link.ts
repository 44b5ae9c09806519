/**
 * How two processes of one machine ask each other: one JSON message per line, over a stream of
 * `node:net`, which Deno, Node and Bun share.
 *
 * @module
 */
import type { Socket } from "node:net";
import { RunnerError } from "../../core/error.ts";
import type { RunnerErrorCode } from "../../core/error_codes.ts";
import { parseJson } from "../../core/json.ts";

/** A longer line is not this protocol, in characters. */
const LONGEST_LINE = 32 * 2 ** 20;

/** What one side can be asked, by name. Arguments and results are JSON. */
export type Answers<Names> = { readonly [Name in keyof Names]: (...args: never[]) => unknown };

/** Asks the side that has such answers; without an answer, the result is `Instead`. */
export type Ask<Theirs extends Answers<Theirs>, Instead = never> = <
  Name extends keyof Theirs & string,
>(
  name: Name,
  ...args: Parameters<Theirs[Name]>
) => Promise<Awaited<ReturnType<Theirs[Name]>> | Instead>;

/** One side, and what the other one answers. */
export interface Link<Theirs extends Answers<Theirs>> {
  /**
   * Asks the other side.
   *
   * @throws What it throws there: a `RunnerError` keeps its code and its message. `RunnerError`
   * `unreachable` if the other side is gone.
   */
  readonly ask: Ask<Theirs>;
  /** Resolves when the other side is gone. */
  readonly closed: Promise<void>;
  /** When the other side was last heard, by `performance.now()`. */
  heardAt(): number;
  /** Ends it. */
  close(): void;
}

interface Question<Args extends readonly unknown[]> {
  /** Numbers a side's questions. */
  readonly id: number;
  readonly name: string;
  readonly args: Args;
}

interface Answer {
  /** The question's number. */
  readonly id: number;
  readonly name?: undefined;
  readonly result?: unknown;
  readonly failed?: Failure;
}

interface Failure {
  readonly message: string;
  /** The code of a {@link RunnerError}. */
  readonly code?: RunnerErrorCode;
  /** When to try again, in seconds. */
  readonly retryAfter?: number;
}

/** Speaks over a socket until it ends. */
export function createLink<Theirs extends Answers<Theirs>>(
  socket: Socket,
  answers: Answers<Record<string, unknown>>,
): Link<Theirs> {
  const waiting = new Map<number, Pick<PromiseWithResolvers<never>, "resolve" | "reject">>();
  const { promise: closed, resolve: end } = Promise.withResolvers<void>();
  let asked = 0;
  let heardAt = performance.now();
  let rest = "";

  const send = (message: Question<readonly unknown[]> | Answer) => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
  };
  const answer = async ({ id, name, args }: Question<never[]>) => {
    try {
      const known = Object.hasOwn(answers, name) ? answers[name] : undefined;
      if (!known) throw new Error(`Nothing answers ${name} here`);
      send({ id, result: await known(...args) });
    } catch (error) {
      send({ id, failed: failureOf(error) });
    }
  };
  const receive = (line: string) => {
    const message = messageIn(line);
    if (!message) return void socket.destroy();
    if (message.name !== undefined) return void answer(message);
    const question = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.failed) question?.reject(errorOf(message.failed));
    else question?.resolve(message.result);
  };

  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    heardAt = performance.now();
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) return socket.destroy();
    for (const line of lines) receive(line);
  });
  socket.on("error", () => {}); // it closes
  socket.on("close", () => {
    for (const question of waiting.values()) question.reject(gone());
    waiting.clear();
    end();
  });

  return {
    closed,
    heardAt: () => heardAt,
    ask(name, ...args) {
      if (socket.destroyed) return Promise.reject(gone());
      const id = asked++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        send({ id, name, args });
      });
    },
    close: () => void socket.destroy(),
  };
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof RunnerError)) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
  const { code, message, retryAfter } = error;
  return { code, message, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

function errorOf({ code, message, retryAfter }: Failure): Error {
  if (code === undefined) return new Error(message);
  return new RunnerError(code, message, retryAfter === undefined ? {} : { retryAfter });
}

function gone(): RunnerError {
  return new RunnerError("unreachable", "The process at the other end is gone.");
}

/**
 * The message in a line; undefined if there is none. Nobody but this same program says hello, so its
 * questions and answers fit.
 */
function messageIn(
  line: string,
): Question<never[]> | (Answer & { readonly result: never }) | undefined {
  const message = parseJson(line);
  return typeof message === "object" && message !== null ? Object(message) : undefined;
}
