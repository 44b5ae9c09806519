/**
 * Who is let in, at times that a test decides.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Admission } from "../../src/sessions/admission.ts";
import type { RunnerError } from "../../src/core/error.ts";
import type { KeptLimits } from "../../src/sessions/limits.ts";

/** An admission on a clock and an event loop that the test moves. */
export function admission(limits: KeptLimits) {
  const running = new Set<string>();
  const time = { now: 0, lag: 0 };
  const lag = {
    get ms() {
      return time.lag;
    },
    start() {},
    stop() {},
  };
  const door = new Admission({ limits, running, now: () => time.now, lag });
  const refusal = (id: string, visit?: Parameters<Admission["admit"]>[1]): unknown => {
    try {
      door.admit(id, visit);
    } catch (error) {
      const { code, status, retryAfter } = error as RunnerError; // it throws nothing else
      assert.ok(retryAfter);
      return `${status} ${code}`;
    }
    return undefined;
  };
  const begin = (id: string) => {
    door.begin(id);
    running.add(id);
  };
  return { door, running, time, refusal, begin };
}
