/**
 * What becomes of a room of Daily that is asked for.
 *
 * @module
 */
import assert from "node:assert/strict";
import { RunnerError } from "../../src/core/error.ts";
import type { dailyServer } from "../support/daily_server.ts";

export const PHONE = "+15551234567";
export const NOW = () => Math.floor(Date.now() / 1000);

export function onlyRoom(daily: ReturnType<typeof dailyServer>) {
  assert.equal(daily.rooms.size, 1);
  const [room] = daily.rooms.values();
  assert.ok(room);
  return room;
}

export async function failure(promise: Promise<unknown>): Promise<RunnerError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof RunnerError, String(error));
    return error;
  }
  assert.fail("it did not fail");
}

/** A Daily in this process that takes everything and looks only at the form. */
export function acceptAll() {
  const environment = { DAILY_API_KEY: "k", DAILY_API_URL: "http://daily.test/v1" };
  const fake: typeof fetch = (_url, init) => {
    JSON.parse(String(init?.body));
    return Promise.resolve(
      Response.json({ url: "https://example.daily.co/r", token: "t", config: SIP }),
    );
  };
  async function configured(run: () => Promise<unknown>): Promise<RunnerError | undefined> {
    const original = globalThis.fetch;
    globalThis.fetch = fake;
    try {
      await run();
    } catch (error) {
      assert.ok(error instanceof RunnerError, String(error));
      return error;
    } finally {
      globalThis.fetch = original;
    }
  }
  return { environment, configured };
}

export const SIP = { sip_uri: { endpoint: "r.0@example.sip.daily.co" } };

export async function closedPort(): Promise<string> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await Promise.resolve();
  return `http://127.0.0.1:${port}/v1`;
}
