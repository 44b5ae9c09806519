/**
 * Pipecat's own eval harness grades a bot of this package.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { serve } from "../../src/runtimes/deno.ts";
import type { Bot } from "../../src/core/bot.ts";
import { bot as modelBot, sayingBot } from "./graded_bot.ts";
import { python, type Ran } from "./python.ts";

/** Runs scenarios of a YAML file against the bot, as a user would on the command line. */
async function grade(
  scenarios: string,
  { bot = modelBot, evals }: { readonly bot?: Bot; readonly evals?: boolean } = {},
): Promise<Ran> {
  await using server = await serve(bot, {
    hostname: "127.0.0.1",
    port: 0,
    ...(evals === undefined ? {} : { evals }),
  });
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "scenarios.yaml");
    await Deno.writeTextFile(file, scenarios);
    const url = `${server.url.replace("http", "ws")}/ws`;
    const logs = ["--logs-dir", folder];
    const ran = await python(
      ["-m", "pipecat.evals", "run", file, "--bot-url", url, "-v", "-t", "5", ...logs],
    );
    console.log(ran.stdout.replaceAll(url, "ws://…/ws"));
    return ran;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Pipecat's harness passes a bot that does what its scenarios expect", async () => {
  const { success, stdout } = await grade(`
name: capitals
scenarios:
  - name: two questions, answered by a function
    turns:
      - user: "What is the capital of Germany?"
        expect:
          - event: function_call
            calls:
              - name: capital
                args: { country: Germany }
          - event: response
            text_contains: Berlin
            within_ms: 3000
      - user: "And the capital of Austria?"
        expect:
          - event: function_call_stopped
            calls:
              - name: capital
                args: { cancelled: false }
            check_from: turn_start
          - event: response
            text_contains: Vienna
            within_ms: 3000
  - name: a context that came before
    context:
      - { role: user, content: "My name is Anna" }
    turns:
      - user: "What is my shoe size?"
        expect:
          - event: response
            text_contains: Anna
            within_ms: 3000
`);

  assert.ok(success, stdout);
  assert.match(stdout, /2\/2 passed/);
});

Deno.test("Pipecat's harness grades a bot by what it says, though it has no model", async () => {
  const scenario = `
name: echo
scenarios:
  - name: says it back
    turns:
      - user: "Good morning"
        expect:
          - event: response
            text_contains: "You said: Good morning"
            within_ms: 3000
      - user: "Good night"
        expect:
          - event: response
            text_contains: "You said: Good night"
            within_ms: 3000
`;
  const { success, stdout } = await grade(scenario, { bot: sayingBot });

  assert.ok(success, stdout);
});

Deno.test("Pipecat's harness fails a bot that does not", async () => {
  const { success, stdout } = await grade(`
name: wrong
scenarios:
  - name: another capital
    turns:
      - user: "What is the capital of Germany?"
        expect:
          - event: response
            text_contains: Bonn
            within_ms: 500
`);

  assert.ok(!success);
  assert.match(stdout, /0\/1 passed, 1 failed/);
});

Deno.test("Pipecat's harness finds nobody where evals are off", async () => {
  const scenario = `
name: nobody
scenarios:
  - name: greeting
    turns:
      - user: "Hello"
        expect:
          - event: response
            text_contains: Hello
`;
  const { success, stdout } = await grade(scenario, { evals: false });

  assert.ok(!success);
  assert.match(stdout, /closed_before_ready|closed the connection before bot-ready/);
});
