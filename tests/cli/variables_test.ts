/**
 * Options and the variables that stand in for them, in the help and in the documents.
 */
import assert from "node:assert/strict";
import { helpText } from "../../src/cli/help.ts";
import { OPTIONS, spelling } from "../../src/cli/options.ts";
import { plain } from "../../src/cli/style.ts";
import { parse } from "./parsed.ts";

Deno.test("variables stand in for their flags, and the flags win", () => {
  const variables = {
    PIPECAT_ICE_SERVERS: "stun:a.example, stun:b.example",
    PIPECAT_ALLOWED_ORIGINS: "https://a.example,https://b.example",
    PIPECAT_WEBSOCKET_AUTH: "token",
  };

  const alone = parse("bot.ts", true, variables);
  const flags = parse(
    "bot.ts --ice-servers stun:c.example --allowed-origins=https://c.example --ws-auth none",
    true,
    variables,
  );

  assert.deepEqual(alone.iceServers, [{ urls: ["stun:a.example"] }, { urls: ["stun:b.example"] }]);
  assert.deepEqual(alone.allowedOrigins, ["https://a.example", "https://b.example"]);
  assert.deepEqual([alone.wsAuth, flags.wsAuth], ["token", false]);
  assert.deepEqual(flags.iceServers, [{ urls: ["stun:c.example"] }]);
  assert.deepEqual(flags.allowedOrigins, ["https://c.example"]);
});

Deno.test("a variable that is set but empty says nothing", () => {
  const command = parse("bot.ts", true, { PIPECAT_ICE_SERVERS: "", PIPECAT_ALLOWED_ORIGINS: "" });

  assert.deepEqual([command.iceServers, command.allowedOrigins], [[], []]);
});

Deno.test("the help names every option with its variable, and fits into 80 columns", () => {
  for (const bot of [true, false]) {
    const text = helpText(bot, plain);
    const words = text.replace(/\s+/g, " ");
    for (const option of OPTIONS) {
      const variable = !("variable" in option)
        ? ""
        : option.opposite
        ? ` [${option.variable}=false]`
        : ` [${option.variable}]`;
      assert.ok(words.includes(`${spelling(option)} ${option.help}${variable}`), option.name);
    }
    assert.ok(text.split("\n").every((line) => line.length <= 80));
  }
  assert.match(helpText(true, plain), /^Examples\n {2}deno run -A jsr:@pipecat\/runner bot\.ts/m);
});

Deno.test("every option has a variable of its own, or a reason for having none", () => {
  const named = new Map<string, string[]>();
  for (const option of OPTIONS) {
    if ("noVariable" in option) assert.match(option.noVariable, /^[A-Z].+\.$/, option.name);
    else named.set(option.variable, [...named.get(option.variable) ?? [], option.name]);
  }

  const shared = [...named].filter(([, names]) => names.length > 1);

  assert.ok([...named.keys()].every((name) => /^(PORT|TURN_URLS|PIPECAT_[A-Z0-9_]+)$/.test(name)));
  assert.deepEqual(shared, [
    ["PIPECAT_EVALS", ["eval", "no-eval"]],
    ["PIPECAT_DIALIN", ["dialin", "no-dialin"]],
  ]);
});

Deno.test("the table of options has every option with its variable, and no other", async () => {
  const table = new URL("../../.github/docs/options.md", import.meta.url);
  const rows = (await Deno.readTextFile(table)).split("\n").filter((line) => /^\| `-/.test(line));

  for (const option of OPTIONS) {
    const row = rows.find((line) => line.includes(`\`--${option.name}\``));
    assert.ok(row, `${option.name} is not in .github/docs/options.md`);
    if ("variable" in option) assert.ok(row.includes(`\`${option.variable}\``), option.name);
    assert.ok(row.includes(option.help), option.name);
  }
  assert.equal(rows.length, OPTIONS.length);
});

Deno.test("variables set what their options set, and name themselves when they are wrong", () => {
  const environment = {
    PORT: "7000",
    PIPECAT_HOST: "0.0.0.0",
    PIPECAT_PROXY: "bot.example.com",
    PIPECAT_TRANSPORT: "twilio",
    PIPECAT_UDP_PORTS: "50000-50100",
    PIPECAT_WHATSAPP: "true",
    PIPECAT_DIALIN: "false",
    PIPECAT_EVALS: "1",
    PIPECAT_TRUST_PROXY: "no",
  };

  const command = parse("bot.ts", true, environment);
  const flag = parse("bot.ts --port 7001 --dialin", true, environment);

  assert.deepEqual([command.port, command.hostname, command.publicUrl, command.transport], [
    7000,
    "0.0.0.0",
    "https://bot.example.com",
    "twilio",
  ]);
  assert.deepEqual(command.udpPorts, [50000, 50100]);
  assert.deepEqual([command.whatsapp, command.daily?.dialin, command.evals, command.trustProxy], [
    true,
    false,
    true,
    undefined,
  ]);
  assert.deepEqual([flag.port, flag.daily?.dialin], [7001, true]);
  assert.throws(
    () => parse("bot.ts", true, { PORT: "http" }),
    /^RunnerError: PORT='http' is invalid\. Give a number from 0/,
  );
  assert.throws(
    () => parse("bot.ts", true, { PIPECAT_WHATSAPP: "maybe" }),
    /PIPECAT_WHATSAPP='maybe' is invalid\. Give true or false\./,
  );
});
