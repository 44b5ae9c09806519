/**
 * The brain of LiveKit Agents. Its packages weigh a third of a gigabyte, so nothing else imports them:
 * they come, without a lock, with `deno task test:brains`.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { assertRecorded, converse } from "../brains/conversation.ts";
import { openAIRealtimeServer } from "../brains/openai_realtime_server.ts";
import { phone } from "../brains/talker.ts";
import { leadTo } from "../brains/vendor_network.ts";
import { browser } from "../browser/talker.ts";

const KEY = "sk-the-key";
const EXAMPLE = fileURLToPath(new URL("../../examples/brains/livekit-agents.ts", import.meta.url));

Deno.test("the brain of LiveKit Agents compiles", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--check", "--no-lock", EXAMPLE],
    env: { OPENAI_API_KEY: KEY },
  }).output();

  assert.ok(success, new TextDecoder().decode(stderr));
});

for (const [where, reach] of [["by phone", phone], ["in Chromium", browser]] as const) {
  Deno.test(`LiveKit Agents converses ${where}, and is told what was heard`, async () => {
    Deno.env.set("OPENAI_API_KEY", KEY);
    const { bot } = await import(EXAMPLE);
    await using server = openAIRealtimeServer(KEY);
    using _lead = leadTo({ "wss://api.openai.com": server });
    await using talker = await reach(bot);
    const session = await server.nextSession();

    const conversation = await converse(talker);

    assert.deepEqual(server.refusals, []);
    assert.deepEqual(session.toolResults, [`"Sunny, 21 °C"`]);
    assert.ok(Math.abs(session.truncations[0]! - conversation.heardMs) < 250);
    assertRecorded(conversation);
  });
}
