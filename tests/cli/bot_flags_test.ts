/**
 * Which flags and files of a command line are the bot's.
 */
import fc from "fast-check";
import assert from "node:assert/strict";
import { parseBotFlags } from "../../src/cli/bot_flags.ts";
import { RunnerError } from "../../src/core/error.ts";
import { complaint, parse } from "./parsed.ts";

Deno.test("an unknown flag after the bot file is the bot's", () => {
  const command = parse("bot.ts --voice anna --port 7000 --fast --max-turns=3 --gain -6");

  assert.equal(command.port, 7000);
  assert.deepEqual(command.cliArgs, { voice: "anna", fast: true, maxTurns: "3", gain: "-6" });
});

Deno.test("after -- every flag is the bot's", () => {
  const command = parse("bot.ts --port 7000 -- --port 1 -q --prot");

  assert.equal(command.port, 7000);
  assert.deepEqual(command.cliArgs, { port: "1", q: true, prot: true });
});

Deno.test("a bot file that runs itself takes the same options, and no other file", () => {
  const command = parse("--port 7000 --voice anna", false);

  assert.deepEqual([command.port, command.cliArgs], [7000, { voice: "anna" }]);
  assert.match(complaint("other.ts", false), /Unexpected argument "other.ts"/);
});

Deno.test("the bot's flags before the bot file are refused", () => {
  assert.match(complaint("--voice anna bot.ts"), /--voice\. .*after the bot file/);
});

Deno.test("whatever follows -- becomes own properties of a plain object, or is refused", () => {
  fc.assert(fc.property(fc.array(fc.string()), (args) => {
    let flags: Record<string, unknown>;
    try {
      flags = parseBotFlags(args);
    } catch (error) {
      assert.ok(error instanceof RunnerError && error.code === "usage");
      return;
    }
    assert.equal(Object.getPrototypeOf(flags), Object.prototype);
    assert.equal(Object.keys(flags).length > 0, args.length > 0);
  }));
});

Deno.test("a flag with a value comes back as it was given, and a repeated one as a list", () => {
  const name = fc.stringMatching(/^[a-z]{2,8}$/);
  const value = fc.string().filter((text) => !/^-\D/.test(text));
  fc.assert(fc.property(name, fc.array(value, { minLength: 1, maxLength: 4 }), (key, values) => {
    const flags = parseBotFlags(values.flatMap((text) => [`--${key}`, text]));

    assert.deepEqual(flags, { [key]: values.length === 1 ? values[0] : values });
  }));
});

Deno.test("a flag named like a part of every object is only a flag", () => {
  const flags = parseBotFlags(["--__proto__", "x"]);

  assert.deepEqual(Object.entries(flags), [["__proto__", "x"]]);
});

Deno.test("several bot files may be named, before the bots' own flags", () => {
  const { bots, cliArgs } = parse("greeter.ts bots/sales.mjs --port 7000 --max-turns 3");
  const behind = parse("-- greeter.ts sales.ts --max-turns 3");

  assert.deepEqual(bots, ["greeter.ts", "bots/sales.mjs"]);
  assert.deepEqual(cliArgs, { maxTurns: "3" });
  assert.deepEqual(behind.bots, ["greeter.ts", "sales.ts"]);
  assert.match(complaint("greeter.ts sales"), /Unexpected argument "sales"/);
  assert.match(complaint("-d greeter.ts sales.ts"), /Name one bot file/);
});
