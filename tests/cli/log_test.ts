/**
 * The log in its two forms.
 */
import type { LogRecord } from "@logtape/logtape";
import assert from "node:assert/strict";
import { formatRecord, jsonRecord } from "../../src/cli/log.ts";
import { createRedact } from "../../src/cli/redact.ts";
import { plain } from "../../src/cli/style.ts";
import { call } from "../../src/testing/call.ts";
import { folderWith, start } from "./child.ts";

const SESSION = "ad1d8c58-d2d3-46cb-b70e-f0dc71af4a27";
const redact = createRedact({});

function record(message: readonly unknown[], properties: Record<string, unknown>): LogRecord {
  return {
    category: ["my", "bot"],
    level: "warning",
    message,
    rawMessage: "",
    timestamp: Date.UTC(2026, 0, 2, 3, 4, 5),
    properties,
  };
}

Deno.test("a line of JSON has level, time, category, message and properties", () => {
  const line = jsonRecord(record(["Slow by ", 5, " ms"], { ms: 5, sessionId: SESSION }), redact);

  assert.ok(!line.includes("\n"));
  assert.deepEqual(JSON.parse(line), {
    "@timestamp": "2026-01-02T03:04:05.000Z",
    level: "WARN",
    logger: "my.bot",
    message: "Slow by 5 ms",
    properties: { ms: 5, sessionId: SESSION },
  });
});

Deno.test("an error is in the message by its words, and in the properties whole", () => {
  const error = new Error("No line to +15551234567", { cause: new Error("Bearer abc123456") });

  const line = JSON.parse(jsonRecord(record(["It failed: ", error, ""], { error }), redact));

  assert.equal(line.message, `It failed: "No line to [redacted]"`);
  const { message, stack, cause } = line.properties.error;
  assert.equal(message, "No line to [redacted]");
  assert.match(stack, /at .*log_test\.ts/);
  assert.equal(cause.message, "Bearer [redacted]");
});

Deno.test("a line of text names its session, once", () => {
  const options = { verbose: 0, terminal: false, style: plain };

  const bots = formatRecord(record(["Hello"], { sessionId: SESSION }), options);
  const ours = formatRecord(
    record(["Session ", SESSION, " began"], { sessionId: SESSION }),
    options,
  );

  assert.equal(bots, `2026-01-02T03:04:05.000Z warning Hello (session ${SESSION})`);
  assert.equal(ours, `2026-01-02T03:04:05.000Z warning Session ${SESSION} began`);
});

Deno.test("the command line logs in JSON, the bot's own lines too, each with its session", async () => {
  await using folder = await folderWith({
    "bot.ts": `import { createTransport } from "jsr:@pipecat/runner";
      import { getLogger } from "npm:@logtape/logtape@^2.4.2";
      export async function bot(args) {
        getLogger(["bot"]).info("A call of {from}", { from: args.callData.from });
        await using transport = await createTransport(args);
        throw new Error("No answer with " + Deno.env.get("MY_API_KEY"));
      }`,
  });
  await using runner = await start(["bot.ts", "--port", "0", "-vv"], {
    cwd: folder.path,
    env: { PIPECAT_LOG: "json", MY_API_KEY: "needle-key" },
  });

  const caller = await call(runner.url, { carrier: "twilio", from: "+15557770001" });
  await caller.ended;
  await runner.printed("ended after");
  runner.kill("SIGINT");
  const { stdout, stderr } = await runner.ended;

  const all = stderr.trim().split("\n").map((line) => JSON.parse(line));
  const lines = all.filter(({ logger }) => logger !== "pipecat.runner.cli");
  const ids = new Set(lines.map(({ properties }) => properties.sessionId));
  assert.equal(stdout, "");
  assert.deepEqual([all[0].message, all[0].properties.url, all.at(-1).message], [
    "The runner is listening",
    runner.url,
    "Stopped",
  ]);
  assert.deepEqual([...ids].map((id) => /^[\da-f-]{36}$/.test(id)), [true]);
  assert.ok(lines.some(({ logger, message }) => logger === "bot" && /redacted/.test(message)));
  assert.ok(lines.some(({ message }) => message.includes('failed: "No answer with [redacted]"')));
  assert.ok(!/5557770001|needle-key/.test(stderr), stderr);
});

const FORGED = "2026-01-02T03:04:05.000Z error All is lost";
const HOSTILE = [
  `x\n${FORGED}`,
  `x\r\n${FORGED}`,
  `x\r${FORGED}`,
  `x\u2028${FORGED}`,
  `x\u0085${FORGED}`,
  `x\v${FORGED}\f`,
  "\x1b]0;title\x07\x1b[2J",
  "\x9b2J\x90q\x9c",
  "\u202eabc\u2066def\u2069\u200f\u061c",
  "a\0b\x7f\b\b",
  "\ud800",
  "\u{e0041}\ufeff",
];
// What a terminal must not get, but for the line ends of the log itself.
// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

Deno.test("nothing that a stranger or an error says leaves its line, or gets at the terminal", () => {
  for (const text of HOSTILE) {
    const thrown = new Error(text, { cause: new Error(text) });
    thrown.stack = `Error: ${text}\n    at ${text}\n    at real (file.ts:1:1)`;
    for (
      const part of [text, { text }, [text], thrown, Object.assign(new Error(), { message: 5 })]
    ) {
      const about = { sessionId: text, part };
      for (const terminal of [true, false]) {
        const options = { verbose: 1, terminal, style: plain };
        const written = formatRecord(record(["It said ", part, ""], about), options);

        assert.doesNotMatch(written, CONTROL);
        const [first, ...others] = written.split("\n");
        assert.match(first ?? "", terminal ? /^ {2}\d\d:/ : /^2026-/);
        for (const line of others) assert.match(line, /^ {4}(\||at |caused by )/, line);
      }
      const json = jsonRecord(record(["It said ", part, ""], about), redact);
      assert.doesNotMatch(json, CONTROL);
      assert.ok(!json.includes("\n"));
      assert.equal(JSON.parse(json).properties.sessionId, redact(text));
    }
  }
});

Deno.test("an error that is its own cause is written, and no end of it", () => {
  const error = new Error("again");
  error.cause = error;

  const written = formatRecord(record(["", error, ""], {}), {
    verbose: 0,
    terminal: false,
    style: plain,
  });

  assert.equal(written.match(/caused by/g)?.length, 5);
});
