/**
 * What a bot has to tell its client, each in one call and in all the messages that clients of any
 * version expect.
 *
 * @module
 */
import { jsonSize } from "../core/frame.ts";
import type { Metrics } from "./server_messages.ts";
import type { RtviServerType } from "./protocol.ts";
import type { RtviServerData } from "./server_messages.ts";

/** How a transcription is told. */
export interface UserSaidOptions {
  /** False for a guess, which the next one replaces. Default: true. */
  readonly final?: boolean;
  /** Who said it, where there are several. Default: nobody is named. */
  readonly userId?: string;
}

/** Messages that go together. Where there is no RTVI client, as on the phone, nobody is told. */
export interface RtviShorthands {
  /** Tells what the user said, as it was recognized: `user-input`, and its older names. */
  userSaid(text: string, options?: UserSaidOptions): void;
  /**
   * Runs a tool and tells of it: that it runs, with its arguments; its result, or its error; and how
   * long it took, as a metric named `processing`. It takes an `AbortError` for a tool that was
   * cancelled.
   *
   * @param args Passed on to `run`.
   * @returns What `run` returns; it rejects with what `run` throws.
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
  /** Tells what was measured; times in seconds. */
  metrics(metrics: Metrics): void;
}

/** Makes them of what sends a message. */
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
