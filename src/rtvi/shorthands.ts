/**
 * What a bot wants to tell its client: one call each, in all the messages that clients of any
 * version expect.
 *
 * @module
 */
import { jsonSize } from "../core/frame.ts";
import type { Metrics } from "./server_messages.ts";
import type { RtviServerType } from "./protocol.ts";
import type { RtviServerData } from "./server_messages.ts";

/** How to report a transcription. */
export interface UserSaidOptions {
  /** False for a guess, which the next one replaces. Default: true. */
  readonly final?: boolean;
  /** Who said it, if there are several speakers. Default: nobody is named. */
  readonly userId?: string;
}

/** Messages that belong together. Without an RTVI client, as on the phone, they go nowhere. */
export interface RtviShorthands {
  /** Reports what the user said, as it was recognized: `user-input`, and its older names. */
  userSaid(text: string, options?: UserSaidOptions): void;
  /**
   * Runs a tool and reports it: that it runs, with its arguments; its result or error; and how long
   * it took, as a metric named `processing`. An `AbortError` means that the tool was cancelled.
   *
   * @param args Passed on to `run`.
   * @returns What `run` returns; rejects with what `run` throws.
   *
   * @example
   * ```ts
   * import type { RtviChannel } from "@pipecat/runner/rtvi";
   *
   * function weather(rtvi: RtviChannel, city: string): Promise<{ degrees: number }> {
   *   return rtvi.tool("weather", { city }, ({ city }) => ({ degrees: city.length }));
   * }
   * ```
   */
  tool<Args extends Readonly<Record<string, unknown>>, Result>(
    name: string,
    args: Args,
    run: (args: Args) => Result | Promise<Result>,
  ): Promise<Result>;
  /** Reports measurements; times in seconds. */
  metrics(metrics: Metrics): void;
}

/** Makes them from a function that sends a message. */
export function rtviShorthands(
  send: <T extends RtviServerType>(type: T, data?: RtviServerData[T]) => void,
): RtviShorthands {
  return {
    userSaid(text, { final = true, userId } = {}) {
      const said = { text, final, timestamp: new Date().toISOString() };
      const named = { ...said, user_id: userId ?? "" };
      const input = { ...said, input_type: "transcription" } as const;
      send("user-input", userId === undefined ? input : { ...input, user_id: userId });
      send("stt-raw-text", named);
      send("user-transcription", named);
    },
    async tool(name, args, run) {
      const call = { function_name: name, tool_call_id: crypto.randomUUID() };
      const began = performance.now();
      const stopped = (cancelled: boolean, result: unknown) => {
        const value = (performance.now() - began) / 1000;
        // What a tool returns need not be JSON.
        const told = result === undefined || jsonSize(result) === Infinity ? {} : { result };
        send("llm-function-call-stopped", { ...call, cancelled, ...told });
        send("metrics", { processing: [{ processor: name, value }] });
      };
      send("llm-function-call-started", { function_name: name });
      const known = jsonSize(args) === Infinity ? {} : { arguments: args };
      send("llm-function-call-in-progress", { ...call, ...known });
      try {
        const result = await run(args);
        stopped(false, result);
        return result;
      } catch (error) {
        const { name, message } = error instanceof Error
          ? error
          : { name: "", message: `${error}` };
        stopped(name === "AbortError", { error: message });
        throw error;
      }
    },
    metrics: (metrics) => send("metrics", metrics),
  };
}
