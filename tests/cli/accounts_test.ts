/**
 * WhatsApp and LiveKit from the command line.
 */
import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { signed } from "../whatsapp/meta.ts";
import { ECHO_BOT, folderWith, run, start } from "./child.ts";

const WHATSAPP = {
  WHATSAPP_APP_SECRET: "app-secret",
  WHATSAPP_PHONE_NUMBER_ID: "436666719526789",
  WHATSAPP_TOKEN: "EAAtoken",
  WHATSAPP_WEBHOOK_VERIFICATION_TOKEN: "verify me",
};
const LIVEKIT = {
  LIVEKIT_URL: "wss://you.livekit.cloud",
  LIVEKIT_API_KEY: "APIkey",
  LIVEKIT_API_SECRET: "a-secret-of-at-least-32-characters",
};

Deno.test("--whatsapp serves the webhook and names its address", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT });
  const args = ["bot.ts", "--whatsapp", "--port", "0", "-x", "my.example.com"];
  await using cli = await start(args, { cwd: folder.path, env: WHATSAPP });

  const request = signed({ object: "whatsapp_business_account", entry: [] });
  const response = await fetch(`${cli.url}/whatsapp`, {
    method: "POST",
    headers: request.headers,
    body: await request.text(),
  });
  cli.kill("SIGTERM");
  const { stdout } = await cli.ended;

  assert.deepEqual([response.status, await response.json()], [200, { status: "success" }]);
  assert.match(stdout, /WhatsApp +https:\/\/my\.example\.com\/whatsapp\n/);
});

Deno.test("what an account lacks is named in one line", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT });
  const { WHATSAPP_TOKEN: _, ...incomplete } = WHATSAPP;
  const failures = [
    [["--whatsapp"], incomplete, /WhatsApp needs an account: set WHATSAPP_TOKEN\./],
    [["--whatsapp", "-t", "twilio"], WHATSAPP, /WhatsApp calls need WebRTC/],
    [["-t", "livekit"], {}, /set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET\./],
  ] as const;

  for (const [flags, env, message] of failures) {
    const args = ["bot.ts", ...flags, "--port", "0"];
    const { code, stdout, stderr } = await run(args, { cwd: folder.path, env });

    assert.equal(code, 1);
    assert.match(stdout + stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
});

Deno.test("-t livekit says how a room is had", async () => {
  await using folder = await folderWith({ "bot.ts": `export function bot() {}` });
  const args = ["bot.ts", "-t", "livekit", "--port", "0"];
  await using cli = await start(args, { cwd: folder.path, env: LIVEKIT });

  const response = await fetch(`${cli.url}/start`, { method: "POST" });
  cli.kill("SIGTERM");
  const { stdout } = await cli.ended;

  assert.deepEqual(Object.keys(await response.json()), ["url", "token", "sessionId"]);
  assert.match(stdout, /Transports +livekit\n/);
  assert.match(stdout, /POST to \/start/);
});

Deno.test("the flag of WhatsApp is read", () => {
  assert.equal(parseCommandLine(["bot.ts", "--whatsapp"], { bot: true }).whatsapp, true);
  assert.equal(parseCommandLine(["bot.ts"], { bot: true }).whatsapp, undefined);
});
