import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeWav, parseWav } from "../../src/audio/wav.ts";
import type { Bot } from "../../src/core/bot.ts";
import { serve } from "../../src/runtimes/deno.ts";
import { callCommand } from "../../src/testing/command.ts";
import { createTransport } from "../../src/transports/create.ts";
import { sine } from "../audio/signals.ts";
import { loudPart, made } from "./telephone.ts";

/** Runs the command and returns what it printed. */
async function run(...args: Parameters<typeof callCommand>): Promise<string> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => lines.push(line);
  try {
    await callCommand(...args);
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

/** Greets, listens until the caller has spoken and pressed a key, answers and hangs up. */
const polite: Bot = async (args) => {
  await using transport = await createTransport(args);
  const writer = transport.writable.getWriter();
  await writer.write(made(sine(300, 8000, 0.3)));
  let heard = 0;
  for await (const frame of transport.readable) {
    if (frame.type === "audio") heard += loudPart(frame.samples).length;
    if (frame.type === "dtmf") break;
  }
  assert.ok(heard > 3000);
  await writer.write(made(sine(600, 8000, 0.4)));
};

Deno.test("a bot is phoned from the command line: it is heard, recorded, and hangs up", async () => {
  const environment = { TWILIO_AUTH_TOKEN: "secret" };
  const webrtc = { answer: () => Promise.reject(new Error("no WebRTC")) };
  await using server = await serve(polite, { port: 0, environment, webrtc });
  const folder = await mkdtemp(join(tmpdir(), "call-"));
  const [say, record] = [join(folder, "say.wav"), join(folder, "out.wav")];
  const words = { samples: sine(440, 16_000, 0.5), sampleRate: 16_000, channels: 1 } as const;
  await writeFile(say, encodeWav(words));

  const output = await run(
    [server.url, "--say", say, "--press", "1", "--record", record],
    environment,
  );

  const recording = parseWav(await readFile(record));
  await rm(folder, { recursive: true });
  assert.match(output, /connected, call CA[\s\S]*the bot speaks[\s\S]*saying[\s\S]*pressing 1/);
  assert.match(output, /the bot hung up\nRecorded \d\.\d s in /);
  assert.equal(recording.sampleRate, 8000);
  // The greeting, more than two seconds for the caller's turn, and the answer.
  const { samples } = recording;
  const answer = loudPart(samples.subarray(-8000));
  assert.ok(answer.length > 3100, `${answer.length} samples of answer`); // more on a busy machine
  assert.ok(samples.length > 8000 * 2.5, `${samples.length} samples`);
});

/** Answers what is said half a second after its end, says what it heard, and stops for nobody. */
const slow: Bot = async (args) => {
  await using transport = await createTransport(args);
  let silentMs = -Infinity;
  for await (const samples of transport.audio()) {
    silentMs = loudPart(samples).length > 0 ? 0 : silentMs + 20;
    if (silentMs === 500) break;
  }
  await transport.say(made(sine(300, 8000, 1))).done;
};

Deno.test("a script is played, what does not hold is said, and the result can be read by a machine", async () => {
  const environment = { TWILIO_AUTH_TOKEN: "secret" };
  const webrtc = { answer: () => Promise.reject(new Error("no WebRTC")) };
  await using server = await serve(slow, { port: 0, environment, webrtc });
  const folder = await mkdtemp(join(tmpdir(), "call-"));
  const words = { samples: sine(440, 16_000, 0.3), sampleRate: 16_000, channels: 1 } as const;
  await writeFile(join(folder, "hello.wav"), encodeWav(words));
  const script = (withinMs: number) => `
steps:
  - { pause_ms: 100 }
  - { say: hello.wav, within_ms: ${withinMs} }
  - { expect: { hung_up_by: bot } }`;
  await writeFile(join(folder, "good.yaml"), script(1500));
  await writeFile(join(folder, "bad.yaml"), script(200));
  const play = async (name: string) => {
    const lines: string[] = [];
    const { log } = console;
    console.log = (line: string) => lines.push(line);
    const args = [server.url, "--script", join(folder, name), "--json"];
    const failure = await callCommand(args, environment).then(() => undefined, (error) => error);
    console.log = log;
    assert.equal(lines.length, 1);
    return { failure, result: JSON.parse(lines[0] ?? "") };
  };

  const good = await play("good.yaml");
  const bad = await play("bad.yaml");

  await rm(folder, { recursive: true });
  assert.equal(good.failure, undefined);
  assert.deepEqual([good.result.ok, good.result.hungUpBy], [true, "bot"]);
  const [answer] = good.result.answersMs;
  assert.ok(answer >= 500 && answer < 1500, `${answer} ms`);
  assert.equal(bad.failure.code, "call_failed");
  assert.match(
    bad.failure.message,
    /^The bot answered hello\.wav after \d+ ms; the limit is 200 ms\.$/,
  );
  assert.deepEqual([bad.result.ok, bad.result.failures], [false, [bad.failure.message]]);
});

Deno.test("over a WebSocket a script types and expects words; on the phone that is refused", async () => {
  const environment = { TWILIO_AUTH_TOKEN: "secret" };
  const webrtc = { answer: () => Promise.reject(new Error("no WebRTC")) };
  await using server = await serve(async (args) => {
    await using transport = await createTransport(args);
    for await (const message of transport.rtvi.messages) {
      if (message.type === "send-text") break;
    }
    await transport.rtvi.tool("book", { guests: 2 }, () => true);
    await transport.say(made(sine(300, 8000, 0.3)), { text: "It is booked." }).done;
  }, { port: 0, environment, webrtc });
  const folder = await mkdtemp(join(tmpdir(), "call-"));
  const path = join(folder, "words.json");
  const steps = [
    { send_text: "a table for two" },
    { expect: { hung_up_by: "bot" } },
    { expect: { text_contains: "It is booked." } },
    { expect: { function_call: { name: "book" } } },
  ];
  await writeFile(path, JSON.stringify({ steps }));
  const { host } = new URL(server.url);

  const output = await run([host, "--websocket", "--script", path, "--json"]);
  const onThePhone = run([host, "--script", path], environment);

  await assert.rejects(onThePhone, { code: "usage", message: /--websocket/ });
  await rm(folder, { recursive: true });
  const { ok, transcript } = JSON.parse(output);
  assert.equal(ok, true);
  assert.ok(transcript.some(({ text }: { text: string }) => text === "It is booked."));
});

for (
  const [script, problem] of [
    ["- 1", /This is not a script\. .*expected object/],
    ["steps: [{ say: a.wav, within: 3 }]", /^Step 1 .*Unrecognized key: "within"/],
    ["steps: [{ pause_ms: 1 }, { press: x }]", /^Step 2 .*press: .*keys are of/],
    ["steps: [{ sing: a.wav }]", /^Step 1 .*one of say, press/],
    ["steps: [{ say: none.wav }]", /^The clip none\.wav cannot be read/],
    ["steps: [{ say: script.yaml }]", /^The clip script\.yaml: /],
    ["steps: [", /neither YAML nor JSON/],
  ] as const
) {
  Deno.test(`a script that says ${script} is refused before anybody is called`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "call-"));
    const path = join(folder, "script.yaml");
    await writeFile(path, script);

    const error = await run(["localhost:9", "--script", path]).catch((error) => error);

    await rm(folder, { recursive: true });
    assert.equal(error.code, "usage");
    assert.match(error.message, problem);
  });
}

Deno.test("a bot that fails is told of", async () => {
  const environment = { TWILIO_AUTH_TOKEN: "secret" };
  const webrtc = { answer: () => Promise.reject(new Error("no WebRTC")) };
  await using server = await serve(async (args) => {
    await createTransport(args);
    throw new Error("on purpose");
  }, { port: 0, environment, webrtc });

  await assert.rejects(run([server.url], environment), { code: "call_failed", message: /failed/ });
});

const WRONG: [string, string[]][] = [
  ["no address", []],
  ["a file as address", ["bot.ts"]],
  ["two addresses", ["http://a.test", "http://b.test"]],
  ["an unknown carrier", ["http://a.test", "--carrier", "bell"]],
  ["an unknown option", ["http://a.test", "--sing"]],
  ["keys that are none", ["http://a.test", "--press", "x"]],
  ["a script and words", ["http://a.test", "--script", "a.yaml", "--say", "a.wav"]],
  ["no time", ["http://a.test", "--seconds", "0"]],
  ["a script that is not there", ["http://a.test", "--script", "/nowhere/a.yaml"]],
  ["nothing to barge in with", ["http://a.test", "--barge-in"]],
  ["a carrier of a WebSocket", ["http://a.test", "--websocket", "--carrier", "twilio"]],
];
for (const [name, args] of WRONG) {
  Deno.test(`a command line with ${name} is refused`, async () => {
    await assert.rejects(run(args), { code: "usage" });
  });
}

Deno.test("the help lists every option", async () => {
  const help = await run(["--help"]);

  for (
    const option of [
      "--carrier",
      "--websocket",
      "--barge-in",
      "--say",
      "--script",
      "--json",
      "--press",
      "--record",
      "--seconds",
      "--secret",
    ]
  ) {
    assert.ok(help.includes(option), option);
  }
});
