/**
 * Bots that misbehave, beside a call that does not, in one process.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { call } from "../../src/testing/mod.ts";
import { MISDEEDS, SOCKET_MISDEEDS } from "../support/misbehaving_bots.ts";
import { misbehave } from "../support/misbehaving_session.ts";
import { hear, loudPart } from "../testing/telephone.ts";
import { ROOT, start } from "./child.ts";

/** How long each bot may misbehave before its caller hangs up, in ms; most go on after that. */
const EACH_MS = 200;
/** What the process may take, with the floods of all bots, in MB. */
const MOST_MB = 800;
const RATE = 8000;
/** How long the end of what is said may take to be heard, in ms. */
const REST_MS = 500;

Deno.test("a call stays whole beside bots that misbehave in every way", async () => {
  const bots = join(ROOT, "tests/support/misbehaving_bots.ts");
  await using runner = await start([bots, "--port", "0"], { cwd: ROOT });
  const kinds = Object.keys({ ...MISDEEDS, ...SOCKET_MISDEEDS });
  const spoken = tone((kinds.length * EACH_MS + 500) * RATE / 1000);
  const caller = await call(runner.url, { carrier: "twilio" });
  const hearing = hear(caller, Infinity);
  const saying = caller.say(spoken);

  for (const kind of kinds) {
    const ends = [
      await misbehave(runner.url, kind, "twilio"),
      await misbehave(runner.url, kind, "websocket"),
    ];
    await new Promise((resolve) => setTimeout(resolve, EACH_MS));
    for (const end of ends) end();
  }
  const memory = await (await fetch(`${runner.url}/memory`)).json();
  await saying;
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  await caller.hangUp();
  const heard = loudPart(await hearing);

  assert.ok(heard.length > 0.9 * spoken.length, `${heard.length} of ${spoken.length} samples`);
  assert.deepEqual(caller.violations, []);
  assert.ok(memory < MOST_MB, `${memory} MB`);
  await runner.printed("rejected, and nobody waits for it");
  await runner.printed("thrown in a timer");
  await runner.printed("thrown in a stream");
});

/** A tone that is never silent. */
function tone(length: number): Int16Array {
  return Int16Array.from({ length }, (_, i) => i % 20 < 10 ? 8000 : -8000);
}
