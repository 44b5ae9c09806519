import assert from "node:assert/strict";
import { join } from "node:path";
import { parseWav } from "../../src/audio/wav.ts";
import type { Bot } from "../../src/core/bot.ts";
import { RunnerError } from "../../src/core/error.ts";
import { callFileSchema } from "../../src/recording/call_file_schema.ts";
import { createRunner } from "../../src/runner.ts";
import { recording, recordingFolder } from "../../src/runtimes/recording.ts";
import { call } from "../../src/testing/call.ts";
import { createTransport } from "../../src/transports/create.ts";

const ECHO: Bot = async (args) => {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
};

/** A folder that is there while a test runs. */
async function temporaryFolder() {
  const path = await Deno.makeTempDir();
  return {
    path,
    files: () => [...Deno.readDirSync(path)].map(({ name }) => name).toSorted(),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** A phone call of half a second on a runner that records. */
async function recordedCall(folder: string, bot: Bot = ECHO, numbers = false): Promise<void> {
  await using runner = createRunner(bot, { use: [recording(folder, { numbers })] });
  const caller = await call(runner, {
    carrier: "twilio",
    from: "+15557770001",
    to: "+15557770002",
  });
  await caller.say(new Int16Array(4000).fill(8000));
  caller.press("7");
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [session] = runner.sessions;
  await caller.hangUp();
  await session?.done;
}

Deno.test("a session leaves a WAV and a JSON under one name, for nobody but the user", async () => {
  await using folder = await temporaryFolder();

  await recordedCall(folder.path);

  const [json = "", wav = "", ...others] = folder.files();
  assert.deepEqual(others, []);
  assert.match(json, /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[\da-f-]{36}\.json$/);
  assert.equal(wav, json.replace(/json$/, "wav"));
  const text = await Deno.readTextFile(join(folder.path, json));
  const { success, data } = callFileSchema.safeParse(JSON.parse(text));
  assert.ok(success);
  const { samples, sampleRate, channels } = parseWav(
    await Deno.readFile(join(folder.path, wav)),
  );
  assert.deepEqual(data.audio, { file: wav, sampleRate });
  assert.equal(channels, 2);
  const seconds = samples.length / 2 / sampleRate;
  assert.ok(Math.abs(seconds * 1000 - data.session.durationMs) < 20);
  assert.ok(samples.some((sample, i) => i % 2 === 0 && sample > 4000), "the caller is heard");
  assert.ok(samples.some((sample, i) => i % 2 === 1 && sample > 4000), "the bot is heard");
  assert.deepEqual(
    data.events.filter(({ kind }) => kind === "key").map(({ side, label }) => [side, label]),
    [["user", "7"]],
  );
  assert.ok(!text.includes("555777"), "numbers are left out");
  if (Deno.build.os !== "windows") {
    assert.equal((await Deno.stat(join(folder.path, wav))).mode! & 0o777, 0o600);
  }
});

Deno.test("numbers are named where they were asked for", async () => {
  await using folder = await temporaryFolder();

  await recordedCall(folder.path, ECHO, true);

  const [json = ""] = folder.files();
  const { session } = callFileSchema.parse(
    JSON.parse(await Deno.readTextFile(join(folder.path, json))),
  );
  assert.deepEqual([session.from, session.to], ["+15557770001", "+15557770002"]);
});

Deno.test("a bot that never opens its transport leaves no recording", async () => {
  await using folder = await temporaryFolder();

  await recordedCall(
    folder.path,
    ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  );

  assert.deepEqual(folder.files(), []);
});

Deno.test("a folder that cannot be written to ends no call", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "");

  await recordedCall(join(file, "below"));

  assert.deepEqual(folder.files(), ["file"]);
});

Deno.test("what is not whole has another ending, and is gone when it failed", async () => {
  await using folder = await temporaryFolder();
  const sink = recordingFolder(folder.path);
  const header = new Uint8Array(44);

  const target = await sink.open({ sessionId: "s", name: "one", header });
  await target.write(new Uint8Array(100));
  const during = folder.files();
  await target.abort();
  await target.abort();

  assert.deepEqual(during, ["one.wav.part"]);
  assert.deepEqual(folder.files(), []);
});

Deno.test("a wrong or unknown option of a recording is one clear sentence", () => {
  const refused = (to: unknown, options?: unknown) => {
    try {
      // As a program without types may call it.
      Reflect.apply(recording, undefined, [to, options]);
    } catch (error) {
      return error instanceof RunnerError ? `${error.code}: ${error.message}` : error;
    }
  };

  assert.match(
    String(refused("calls", { sampleRate: 44_100 })),
    /^bad_option: .*recording\.sampleRate takes 8000 or/,
  );
  assert.match(
    String(refused("calls", { number: true })),
    /^bad_option: .*Did you mean 'numbers'\?/,
  );
  assert.match(String(refused("")), /^bad_option: The option to takes the path of a folder/);
  assert.match(String(refused({})), /^bad_option: The option to takes the path of a folder/);
  assert.equal(refused("calls", { sampleRate: 8000, numbers: true }), undefined);
});
