/**
 * Whatever goes wrong on the command line is one line on stderr and an exit code.
 */
import assert from "node:assert/strict";
import { ECHO_BOT, type Ended, folderWith, run, start } from "./child.ts";

/** Runs the command line with one file, which must fail, and returns what it says. */
async function failure(
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  await using folder = await folderWith({ "good.ts": ECHO_BOT, ...files });
  const result = await run([...args, "--port", "0"], { cwd: folder.path });
  assert.equal(result.stdout, "");
  assert.match(result.stderr, /^error: [^\n]+\n$/, "one line");
  return result;
}

Deno.test("a bot file that is not there is named, with the folder", async () => {
  const { code, stderr } = await failure(["nope.ts"]);

  assert.equal(code, 1);
  assert.match(stderr, /There is no nope\.ts in \//);
});

Deno.test("a bot file without a bot says what to add", async () => {
  const { code, stderr } = await failure(["none.ts"], { "none.ts": "export const bto = 1;" });

  assert.equal(code, 1);
  assert.match(stderr, /none\.ts has no bot\. Add: export async function bot\(args\)/);
});

Deno.test("an app that is no Hono app is not dropped without a word", async () => {
  const { code, stderr } = await failure(["app.ts"], {
    "app.ts": "export const bot = () => {};\nexport const app = { listen() {} };",
  });

  assert.equal(code, 1);
  assert.match(stderr, /The app that \S*app\.ts exports is not a Hono app/);
});

Deno.test("a syntax error is shown with its place", async () => {
  const { code, stderr } = await failure(["bad.ts"], { "bad.ts": "\nexport const bot = (;" });

  assert.equal(code, 1);
  assert.match(stderr, /bad\.ts cannot be loaded: SyntaxError: .*\(bad\.ts:2:21\)/);
});

Deno.test("an error at import is shown with its place", async () => {
  const files = { "throws.ts": `export function bot() {}\nthrow new RangeError("no\\nkey");` };
  const { code, stderr } = await failure(["throws.ts"], files);

  assert.equal(code, 1);
  assert.match(stderr, /throws\.ts cannot be loaded: RangeError: no key \(throws\.ts:2:7\)/);
});

Deno.test("an import that is not there is shown with its place", async () => {
  const files = { "lost.ts": `import "./gone.ts";\nexport function bot() {}` };
  const { stderr } = await failure(["lost.ts"], files);

  assert.match(stderr, /cannot be loaded: Module not found "gone\.ts" \(lost\.ts:1:8\)/);
});

Deno.test("a thrown text is shown as it is", async () => {
  const { stderr } = await failure(["text.ts"], { "text.ts": `throw "no key";` });

  assert.match(stderr, /text\.ts cannot be loaded: no key\n/);
});

Deno.test("-v shows the stack below the line", async () => {
  await using folder = await folderWith({ "throws.ts": `throw new Error("no key");` });

  const { stderr } = await run(["throws.ts", "-v"], { cwd: folder.path });

  assert.match(stderr, /^error: .*no key.*\nError: no key\n +at .*throws\.ts:1:7/);
});

Deno.test("a wrong flag or value exits with 2", async () => {
  const typo = await failure(["good.ts", "--prot", "7000"]);
  const value = await failure(["good.ts", "--udp-ports", "many"]);
  const esp32 = await failure(["good.ts", "--esp32"]);

  assert.deepEqual([typo.code, value.code, esp32.code], [2, 2, 2]);
  assert.match(typo.stderr, /Did you mean --port\?/);
  assert.match(value.stderr, /--udp-ports/);
  assert.match(esp32.stderr, /--host/);
});

Deno.test("a folder that is not there is named", async () => {
  const { code, stderr } = await failure(["good.ts", "--folder", "nope"]);

  assert.equal(code, 1);
  assert.match(stderr, /no folder nope/);
});

Deno.test("an address that is not this machine's is named", async () => {
  const { code, stderr } = await failure(["good.ts", "--host", "203.0.113.1"]);

  assert.equal(code, 1);
  assert.match(stderr, /no address 203\.0\.113\.1\. Choose .* --host/);
});

Deno.test("a transport whose key is missing names the variable", async () => {
  const { code, stderr } = await failure(["good.ts", "-t", "daily"]);

  assert.equal(code, 1);
  assert.match(stderr, /DAILY_API_KEY/);
});

Deno.test("a busy port is named, with the flag that takes another", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT });
  await using first = await start(["--port", "0"], { cwd: folder.path });
  const { port } = new URL(first.url);

  const { code, stdout, stderr } = await run(["--port", port], { cwd: folder.path });

  assert.deepEqual([code, stdout], [1, ""]);
  assert.equal(
    stderr,
    `error: Port ${port} is in use. Choose another with --port; 0 takes any free one.\n`,
  );
});

Deno.test("a bot file that calls main unasked is told so", async () => {
  await using folder = await folderWith({
    "bot.ts": `
      import { main } from "jsr:@pipecat/runner";
      export function bot() {}
      await main({ bot });`,
  });

  const { code, stderr } = await run(["bot.ts", "--port", "0"], { cwd: folder.path });

  assert.equal(code, 2);
  assert.match(stderr, /^error: Unexpected argument "bot\.ts"[^\n]*import\.meta\.main[^\n]*\n$/);
});

Deno.test("what a bot file throws stays in its line, and away from the terminal", async () => {
  const { stderr } = await failure(["evil.ts"], {
    "evil.ts":
      'throw new Error("\\x1b[2J\\x9b2J one\\nerror: two \\u202e three\\u2028error: four");',
  });

  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stderr, /[\x1b\x9b\u202e\u2028]/);
  assert.match(stderr, /one error: two/);
});

Deno.test("with --log json what goes wrong is a line of JSON, too", async () => {
  await using folder = await folderWith({});
  const options = { cwd: folder.path, env: { PIPECAT_LOG: "json" } };
  const [missing, misspelt, none] = await Promise.all([
    run(["no.ts"], options),
    run(["--prot", "1"], options),
    run([], options),
  ]);

  const { level, message, properties } = JSON.parse(missing.stderr);
  assert.deepEqual([level, properties.code, missing.code], ["FATAL", "no_bot_file", 1]);
  assert.match(message, /^There is no no\.ts in /);
  assert.equal(JSON.parse(misspelt.stderr).message, "Unknown option --prot. Did you mean --port?");
  assert.equal(JSON.parse(none.stderr).message, "There is no bot.ts here. Name a bot file.");
  assert.deepEqual([missing.stdout, misspelt.stdout, none.stdout], ["", "", ""]);
  assert.deepEqual([misspelt.code, none.code], [2, 2]);
});

Deno.test("a folder that nothing can be written to is told before the first call", async () => {
  for (const option of ["--record", "--uploads-folder"]) {
    const { code, stderr } = await failure(["good.ts", option, "good.ts/calls"]);

    assert.equal(code, 2);
    assert.match(stderr, /Cannot write to good\.ts\/calls, the folder of --\w+/);
  }
});
