import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import config from "../../deno.json" with { type: "json" };
import type { CallFile } from "../../src/recording/call_file.ts";
import { savedTest, testSource } from "../../src/testing/saved_test.ts";
import { sine } from "../audio/signals.ts";
import { ROOT } from "../cli/child.ts";

const RATE = 8000;

/** A call in which the bot greets, answers after 400 ms, is interrupted, books and hangs up. */
const CALL: CallFile = {
  version: 1,
  session: {
    transport: "twilio",
    startedAt: "2026-11-30T12:00:00.000Z",
    durationMs: 6000,
    outcome: "returned",
  },
  messages: [
    { ms: 2000, from: "bot", type: "user-input", data: { text: "A table for", final: false } },
    { ms: 2300, from: "bot", type: "user-input", data: { text: "A table for two", final: true } },
    {
      ms: 2300,
      from: "bot",
      type: "llm-function-call-in-progress",
      data: { function_name: "book", tool_call_id: "1", arguments: { guests: 2 } },
    },
  ],
  events: [
    { ms: 100, kind: "speech", side: "bot", durationMs: 400 },
    { ms: 1200, kind: "speech", side: "user", durationMs: 800 },
    { ms: 2400, kind: "speech", side: "bot", durationMs: 1300 },
    { ms: 3200, kind: "speech", side: "user", durationMs: 300 },
    { ms: 3650, kind: "interrupted", side: "bot" },
    { ms: 4800, kind: "key", side: "user", label: "1" },
  ],
};
const SOUND = { samples: new Int16Array(6 * RATE), sampleRate: RATE };
for (const { kind, side, ms, durationMs = 0 } of CALL.events) {
  if (kind !== "speech" || side !== "user") continue;
  SOUND.samples.set(sine(440, RATE, durationMs / 1000), ms * RATE / 1000);
}

Deno.test("a saved test has the caller of the call, and what held of the bot", () => {
  const test = savedTest(CALL, SOUND);

  assert.deepEqual(test.steps, [
    { wait_for: "speech", within_ms: 1100 },
    { wait_for: "silence", silent_ms: 700 },
    { say: "2026-11-30T12-00-00-1.wav", within_ms: 650 },
    {
      say: "2026-11-30T12-00-00-2.wav",
      barge_in_after_ms: 800,
      stops_within_ms: 750,
    },
    { wait_for: "silence", silent_ms: 1100 },
    { press: "1" },
    { wait_for: "silence" },
    { expect: { text_contains: "A table for two" } },
    { expect: { function_call: { name: "book", args: { guests: 2 } } } },
    { expect: { hung_up_by: "bot" } },
  ]);
  assert.match(testSource(test), /await call\(runner, \{ carrier: "twilio" \}\)/);
  assert.match(
    testSource({ ...test, transport: "webrtc" }),
    /createRunner\(bot, \{ webrtc: memoryPeers\(\) \}\)[^]*await callWebRtc\(runner\)/,
  );
  assert.deepEqual([...test.clips.values()].map(({ length }) => (length - 44) / 2), [7360, 3360]);
});

/** The bot of that call; `LATE_MS` makes it slower. */
const BOT = `
import { createTransport, type RunnerArguments } from "@pipecat/runner";

const late = Number(Deno.env.get("LATE_MS"));
const tone = (ms: number) => ({
  type: "audio" as const, sampleRate: 8000, channels: 1 as const,
  samples: Int16Array.from({ length: 8 * ms }, (_, i) => 8000 * Math.sin(i / 3)),
});

export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  const pressed = transport.keys({ count: 1 });
  transport.say(tone(400));
  let silentMs = -Infinity;
  let turns = 0;
  for await (const samples of transport.audio()) {
    const loud = samples.some((sample) => Math.abs(sample) > 500);
    silentMs = loud ? 0 : silentMs + 20;
    if (loud && turns === 1) break;
    if (silentMs !== 200) continue;
    turns++;
    await new Promise((resolve) => setTimeout(resolve, 100 + late));
    transport.rtvi.userSaid("A table for two");
    await transport.rtvi.tool("book", { guests: 2 }, () => true);
    transport.say(tone(3000));
  }
  transport.interrupt();
  await pressed;
}
`;

Deno.test("keys are the caller's however they were told, on the page and over a data channel", () => {
  const press = (changes: Partial<CallFile>) =>
    savedTest({ ...CALL, events: [], messages: [], ...changes }, SOUND).steps
      .flatMap((step) => "press" in step ? [step.press] : []);
  const dtmf = (data: unknown) => ({ ms: 5000, from: "user", type: "dtmf", data } as const);

  assert.deepEqual(press({ events: [{ ms: 5000, kind: "key", label: "Key #" }] }), ["#"]);
  assert.deepEqual(press({ messages: [dtmf({ buttons: ["1", "2"] }), dtmf({ button: "3" })] }), [
    "12",
    "3",
  ]);
  assert.deepEqual(press({ messages: [dtmf({ buttons: ["x"] })] }), []);
});

Deno.test("a saved test passes, and fails with a sentence when the bot is 500 ms slower", async () => {
  const folder = await mkdtemp(join(tmpdir(), "saved-test-"));
  const test = savedTest(CALL, SOUND);
  const source = (path: string) => pathToFileURL(join(ROOT, path)).href;
  const imports = {
    ...config.imports,
    "@pipecat/runner": source("mod.ts"),
    "@pipecat/runner/testing": source("src/testing/mod.ts"),
  };
  const { compilerOptions } = config;
  await writeFile(join(folder, "deno.json"), JSON.stringify({ imports, compilerOptions }));
  await writeFile(join(folder, "bot.ts"), BOT);
  await writeFile(join(folder, "call_test.ts"), testSource(test));
  for (const [name, wav] of test.clips) await writeFile(join(folder, name), wav);
  const run = async (lateMs: number, ...options: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-lock", ...options, "call_test.ts"],
      cwd: folder,
      env: { LATE_MS: String(lateMs), NO_COLOR: "1" },
    }).output();
    return { code, output: new TextDecoder().decode(new Uint8Array([...stdout, ...stderr])) };
  };

  const [asItWas, slower] = await Promise.all([run(0), run(500, "--no-check")]);

  await rm(folder, { recursive: true });
  assert.equal(asItWas.code, 0, asItWas.output);
  assert.equal(slower.code, 1, slower.output);
  assert.match(
    slower.output,
    /The bot answered \S+-1\.wav after \d+ ms; the limit is 650 ms\./,
  );
});
