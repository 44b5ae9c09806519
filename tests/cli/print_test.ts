/**
 * What the command line prints, line by line.
 */
import type { LogLevel, LogRecord } from "@logtape/logtape";
import assert from "node:assert/strict";
import { banner } from "../../src/cli/banner.ts";
import { carrierFacts } from "../../src/cli/carrier_facts.ts";
import { formatRecord } from "../../src/cli/log.ts";
import { plain, type Style } from "../../src/cli/style.ts";

const FACTS = {
  version: "1.2.3",
  bot: "bot.ts",
  url: "http://localhost:7860",
  transports: ["webrtc", "twilio"],
} as const;
const loud: Style = (look, text) => `<${look}>${text}</${look}>`;

function record(level: LogLevel, ...message: unknown[]): LogRecord {
  return {
    category: ["pipecat", "runner", "session"],
    level,
    message,
    rawMessage: "",
    timestamp: Date.UTC(2026, 0, 2, 3, 4, 5),
    properties: {},
  };
}

Deno.test("the banner is aligned, and says what to do", () => {
  assert.equal(
    banner(FACTS, plain),
    `
  Pipecat runner 1.2.3

  Open        http://localhost:7860/client/
  Bot         bot.ts
  Transports  webrtc, twilio

  Open the page and press Connect to talk. Ctrl-C stops the runner.
`,
  );
});

Deno.test("the banner has a line for each further address and the folder", () => {
  const text = banner({
    ...FACTS,
    networkUrl: "http://192.168.1.20:7860",
    publicUrl: "https://my.example.com",
    webhooks: ["twilio"],
    folder: "recordings",
  }, plain);

  assert.match(
    text,
    /\n {2}Network {5}http:\/\/192\.168\.1\.20:7860\/client\/ \(a microphone needs https there\)\n/,
  );
  assert.match(text, /\n {2}Public {6}https:\/\/my\.example\.com\n/);
  assert.match(text, /\n {2}Webhooks {4}https:\/\/my\.example\.com\/twilio\n/);
  assert.match(text, /\n {2}Files {7}recordings at \/files\/\n/);
});

Deno.test("the banner says who may begin sessions, where others than this machine can", () => {
  const row = (facts: object) =>
    /\n {2}Starts {6}(.*)\n/.exec(banner({ ...FACTS, ...facts }, plain))?.[1];
  const publicUrl = "https://my.example.com";

  assert.equal(row({}), undefined);
  assert.equal(
    row({ publicUrl }),
    "without a token (--start-token), 120 a minute per other machine (--start-rate)",
  );
  assert.match(row({ url: "http://192.168.1.20:7860" }) ?? "", /^without a token/);
  assert.equal(
    row({ publicUrl, startToken: "t", limits: { startsPerMinute: 6 } }),
    "with the start token, 6 a minute per client (--start-rate)",
  );
  assert.equal(
    row({ startToken: "t", limits: { startsPerMinute: false } }),
    "with the start token, any number",
  );
});

Deno.test("the page's link carries the start token on a terminal, and never into a log", () => {
  const facts = { ...FACTS, startToken: "pk_new+, pk_old" };

  const terminal = banner({ ...facts, secrets: true }, plain);
  const log = banner(facts, plain);

  assert.match(terminal, /\n {2}Open {8}http:\/\/localhost:7860\/client\/#token=pk_new%2B\n/);
  assert.ok(!log.includes("pk_"));
});

Deno.test("where a token is asked for, no address is named that brings none", () => {
  const facts = { ...FACTS, transports: ["daily"] } as const;

  assert.match(banner(facts, plain), /\n {2}Daily {7}http:\/\/localhost:7860\/daily\n/);
  const closed = banner({ ...facts, startToken: "pk_1" }, plain);
  assert.ok(!closed.includes("/daily"));
  assert.match(closed, /POST to \/start with the token/);
});

Deno.test("the banner of a media node names no page, for there is none", () => {
  const text = banner({ ...FACTS, mediaNode: true }, plain);

  assert.match(text, /\n {2}Media node {2}http:\/\/localhost:7860\n {2}Bot {9}bot\.ts\n/);
  assert.match(text, /serves only what the runner in front of it forwards/);
  assert.ok(!text.includes("/client/"));
});

Deno.test("the banner says for each carrier what is checked", async () => {
  const rows = async (environment: Record<string, string>, options = {}) =>
    (await carrierFacts(["webrtc", "twilio", "telnyx", "exotel"], environment, options)).carriers;
  const publicUrl = "https://my.example.com";

  assert.deepEqual(await rows({}), [
    "not checked: anyone who reaches this runner may call (no secret is set)",
  ]);
  assert.deepEqual(
    await rows({ TWILIO_AUTH_TOKEN: "t", TELNYX_PUBLIC_KEY: btoa("k".repeat(32)) }, {
      publicUrl,
      insecureCarriers: ["exotel"],
    }),
    [
      "twilio: webhooks and streams are checked",
      "telnyx: webhooks are checked; streams by the token from their webhook",
      "exotel: webhooks are not checked (EXOTEL_STREAM_USERNAME and EXOTEL_STREAM_PASSWORD)",
    ],
  );
  assert.deepEqual(await rows({ TELNYX_STREAM_AUTH_TOKEN: "t" }), [
    "twilio: off (set TWILIO_AUTH_TOKEN, or --insecure-carriers twilio)",
    "telnyx: webhooks are not checked (TELNYX_PUBLIC_KEY); streams are",
    "exotel: off (set EXOTEL_STREAM_USERNAME and EXOTEL_STREAM_PASSWORD, or --insecure-carriers exotel)",
  ]);
  const text = banner({ ...FACTS, carriers: ["twilio: a", "telnyx: b"] }, plain);
  assert.match(text, /\n {2}Carriers {4}twilio: a\n {14}telnyx: b\n/);
});

Deno.test("the banner names the webhooks of the carriers that have one", async () => {
  const options = { publicUrl: "https://my.example.com" };

  const { webhooks } = await carrierFacts(["webrtc", "twilio", "asterisk"], {}, options);

  assert.deepEqual(webhooks, ["twilio"]);
});

Deno.test("where only phones are served, the next step is theirs", () => {
  const phone = { ...FACTS, transports: ["twilio"], webhooks: ["twilio"] } as const;

  const unreachable = banner(phone, plain);
  const reachable = banner({ ...phone, publicUrl: "https://my.example.com" }, plain);

  assert.match(unreachable, /name it with --proxy/);
  assert.match(reachable, /Enter the webhook/);
});

Deno.test("the address stands out in colour", () => {
  assert.match(banner(FACTS, loud), /<cyan>http:\/\/localhost:7860\/client\/<\/cyan>/);
});

Deno.test("a log line for a file has its date and level, and no colour", () => {
  const line = formatRecord(record("info", "Session ", "abc", " ended after ", 1.5, " s"), {
    verbose: 0,
    terminal: false,
    style: plain,
  });

  assert.equal(line, "2026-01-02T03:04:05.000Z info Session abc ended after 1.5 s");
});

Deno.test("a log line for a terminal is calm, unless something is wrong", () => {
  const terminal = { verbose: 0, terminal: true, style: loud };

  const info = formatRecord(record("info", "Session began"), terminal);
  const warning = formatRecord(record("warning", "Slow"), terminal);

  assert.match(info, /^ {2}<dim>\d\d:\d\d:\d\d<\/dim> {2}Session began$/);
  assert.match(warning, / {2}<yellow>warning<\/yellow> Slow$/);
});

Deno.test("-v tells which part speaks", () => {
  const line = formatRecord(record("debug", "x"), { verbose: 1, terminal: false, style: plain });

  assert.match(line, / debug pipecat\.runner\.session x$/);
});

Deno.test("an error's message is in the line, its stack and its cause below", () => {
  const error = new Error("no key", { cause: new Error("no file") });

  const text = formatRecord(record("error", "The bot failed: ", error, ""), {
    verbose: 0,
    terminal: false,
    style: plain,
  });

  const [line, frame, ...rest] = text.split("\n");
  assert.match(line ?? "", / error The bot failed: no key$/);
  assert.match(frame ?? "", /^ +at .*print_test\.ts/);
  assert.ok(rest.some((below) => below.trim() === "caused by no file"));
});
