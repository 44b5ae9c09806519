import assert from "node:assert/strict";
import { dialCommand } from "../../src/cli/dial.ts";
import { serve } from "../../src/runtimes/deno.ts";
import { openAccount, OWN, THEIRS } from "../support/carrier_api/account.ts";

const TOKEN = "a-start-token-of-the-test";

/** Runs the command and returns what it printed. */
async function run(...args: Parameters<typeof dialCommand>): Promise<string> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => lines.push(line);
  try {
    await dialCommand(...args);
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

Deno.test("dial tells a runner to phone somebody, with a body", async () => {
  await using account = await openAccount("telnyx");
  const options = { ...account.options, startToken: TOKEN, port: 0, webrtc: false } as const;
  const { promise: body, resolve } = Promise.withResolvers<unknown>();
  await using server = await serve((args) => resolve(args.body), options);

  const printed = await run(
    [THEIRS, "-c", "telnyx", "--from", OWN, "--body", '{"name":"Ann"}', "--machine-detection"]
      .concat("--url", server.url),
    { PIPECAT_START_TOKEN: `${TOKEN},another` },
  );
  const [dialled] = account.api.dialled;
  await using caller = await account.pickUp(server.runner, dialled!);

  assert.match(printed, /^Ringing: session [\da-f-]{36}, call v3:[\da-f-]{36}\.$/);
  assert.deepEqual([dialled?.to, dialled?.from, dialled?.detects], [THEIRS, OWN, "detect"]);
  assert.deepEqual(await body, { name: "Ann" });
  await caller.ended;
});

Deno.test("dial says what the runner says, and what is wrong with its arguments", async () => {
  await using account = await openAccount("twilio");
  const options = { ...account.options, startToken: TOKEN, port: 0, webrtc: false } as const;
  await using server = await serve(() => {}, options);
  const to = [THEIRS, "--url", server.url, "--from", OWN];
  const wrong: [readonly string[], string, RegExp][] = [
    [to, "dial_failed", /send the start token/],
    [["+4930123456", ...to.slice(1), "--token", TOKEN], "dial_failed", /--dial-prefixes/],
    [[THEIRS, "--url", "http://127.0.0.1:1"], "unreachable", /No runner answers/],
    [[], "usage", /Name one number/],
    [[THEIRS, THEIRS], "usage", /Name one number/],
    [[THEIRS, "--carrier", "acme"], "usage", /twilio, telnyx/],
    [[THEIRS, "--body", "{"], "usage", /JSON/],
    [[THEIRS, "--url", "localhost"], "usage", /address of a runner/],
    [[THEIRS, "--loud"], "usage", /^Unknown option --loud\. --help lists the options\.$/],
    [[THEIRS, "--tokn", "x"], "usage", /^Unknown option --tokn\. Did you mean --token\?$/],
    [[THEIRS, "--token"], "usage", /^Option '--token <value>' argument missing$/],
    [[THEIRS, "--token", "--from"], "usage", /^Option '--token' argument is ambiguous\.$/],
  ];
  for (const [args, code, message] of wrong) {
    await assert.rejects(run(args), { code, message }, args.join(" "));
  }
  assert.match(await run(["--help"]), /Usage: dial <number>/);
  assert.deepEqual(account.api.dialled, []);
});
