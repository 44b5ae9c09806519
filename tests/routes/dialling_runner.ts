/**
 * A runner that dials, and what it is asked.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { TelephonyRunnerArguments } from "../../src/core/bot.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { createTransport } from "../../src/transports/create.ts";
import type { Account } from "../support/carrier_api/account.ts";

export const TOKEN = "a-start-token-of-the-test";
export const DIALLING = ["twilio", "telnyx", "plivo", "exotel", "vonage"] as const;
export const DETECTING = ["twilio", "telnyx", "plivo", "vonage"] as const;

/** A runner whose bot echoes; `called` settles with what the bot is called with. */
export function echoing({ options }: Pick<Account, "options">, more: RunnerOptions = {}) {
  const { promise: called, resolve } = Promise.withResolvers<TelephonyRunnerArguments>();
  const runner = createRunner(async (args) => {
    assert.ok("call" in args);
    resolve(args);
    await using transport = await createTransport(args);
    await transport.readable.pipeTo(transport.writable);
  }, { startToken: TOKEN, ...options, ...more });
  return { runner, called };
}

export function request(order: unknown, headers: Record<string, string> = {}): Request {
  return new Request("https://bot.test/dial", {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(order),
  });
}
