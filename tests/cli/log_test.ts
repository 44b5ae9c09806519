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
  const { stderr } = await runner.ended;

  const lines = stderr.trim().split("\n").map((line) => JSON.parse(line));
  const ids = new Set(lines.map(({ properties }) => properties.sessionId));
  assert.deepEqual([...ids].map((id) => /^[\da-f-]{36}$/.test(id)), [true]);
  assert.ok(lines.some(({ logger, message }) => logger === "bot" && /redacted/.test(message)));
  assert.ok(lines.some(({ message }) => message.includes('failed: "No answer with [redacted]"')));
  assert.ok(!/5557770001|needle-key/.test(stderr), stderr);
});
