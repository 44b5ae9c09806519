/**
 * A runner that carriers call, and their requests.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { CallData, RunnerArguments } from "../../src/core/bot.ts";
import type { Socket } from "../../src/core/duplex.ts";
import { createRunner, type Runner, type RunnerOptions } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/mod.ts";
import { createTransport } from "../../src/transports/create.ts";

export const SECRET = "0123456789abcdef0123456789abcdef";
export const START = {
  event: "start",
  streamSid: "MZ1",
  start: { streamSid: "MZ1", callSid: "CA1", customParameters: { tier: "gold" } },
};

/** A runner whose bot reads until the call is over, and what it was called with. */
export function phones(options: RunnerOptions = {}) {
  const calls: (RunnerArguments & { callData: CallData; websocket: Socket })[] = [];
  const platform = memoryPlatform();
  let waiting: (() => void) | undefined;
  const runner = createRunner(async (args) => {
    if (!("callData" in args)) return;
    calls.push(args);
    waiting?.();
    await using transport = await createTransport(args);
    await transport.readable.pipeTo(new WritableStream());
  }, { publicUrl: "https://bot.test", insecureCarriers: true, ...options });
  /** Resolves when this many calls have begun. */
  const begun = async (count: number) => {
    while (calls.length < count) await new Promise<void>((resolve) => waiting = resolve);
  };
  return { runner, platform, calls, begun };
}

export async function streamOf(response: Response | Promise<Response>): Promise<string> {
  const text = await (await response).text();
  return /wss?:\/\/[^"<]+/.exec(text)?.[0] ?? assert.fail(`no stream in ${text}`);
}

export function webhook(runner: Runner, form: Record<string, string>, path = "/twilio") {
  const body = new URLSearchParams(form);
  return runner.fetch(new Request(`https://bot.test${path}`, { method: "POST", body }));
}

/** Connects, or returns the status of the refusal. */
export async function connect(
  { runner, platform }: Pick<ReturnType<typeof phones>, "runner" | "platform">,
  url: string,
  headers: Record<string, string> = {},
): Promise<Socket | number> {
  try {
    return await platform.connect(runner, url, headers);
  } catch (error) {
    return (error as { status: number }).status; // a RunnerError of memoryPlatform
  }
}

export function opened(socket: Socket | number): Socket {
  return typeof socket === "number" ? assert.fail(`refused with ${socket}`) : socket;
}
