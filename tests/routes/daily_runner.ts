/**
 * A runner with the way to Daily, and a strict server in the place of Daily.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import type { DailyServer } from "../support/daily_server.ts";

export const CALL = { From: "+15551234567", To: "+15559876543", callId: "c1", callDomain: "d1" };
export const SECRET = "9jyatvPWQfBymCGDOYPYKF/TRZXR+08Gj4bvPF78pH0=";
export const ROOM_URL = "https://example.daily.co/standing";

/** A runner with Daily, and what its bot was called with. */
export function start(daily: DailyServer, options: RunnerOptions = {}, bot: Bot = () => {}) {
  const calls: RunnerArguments[] = [];
  const runner = createRunner((args) => {
    calls.push(args);
    return bot(args);
  }, { ...options, environment: { ...daily.environment, ...options.environment } });
  const post = (path: string, body: unknown, headers: HeadersInit = {}) =>
    runner.fetch(
      new Request(`http://bot.test${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );
  const call = async (body: unknown, headers?: HeadersInit) =>
    await post("/daily-dialin-webhook", body, headers);
  const get = async (path: string, method = "GET", headers: HeadersInit = {}) =>
    await runner.fetch(new Request(`http://bot.test${path}`, { method, headers }));
  return { runner, calls, post, call, get, [Symbol.asyncDispose]: () => runner.close() };
}

/** The one room on the server. */
export function roomOf(daily: DailyServer) {
  assert.equal(daily.rooms.size, 1);
  const [room] = daily.rooms.values();
  assert.ok(room);
  return room;
}

export function signed(body: string, timestamp = `${Math.floor(Date.now() / 1000)}`): HeadersInit {
  const key = Uint8Array.from(atob(SECRET), (character) => character.charCodeAt(0));
  const signature = createHmac("sha256", key).update(`${timestamp}.${body}`).digest("base64");
  return { "x-pinless-timestamp": timestamp, "x-pinless-signature": signature };
}
