/**
 * How a carrier refuses what it cannot use.
 *
 * @module
 */
import assert from "node:assert/strict";
import { RunnerError } from "../../src/core/error.ts";

export function assertCode(run: () => unknown, code: string, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof RunnerError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\+?\d{8,}/, "a number in a message");
    return true;
  });
}
