/**
 * All brains in conversation at once, for the test of each way to reach them.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Bot } from "../../src/core/bot.ts";
import { type Brain, loadBot, serveVendors } from "./brains.ts";
import { assertRecorded, type Conversation, converse } from "./conversation.ts";
import type { Talker } from "./talker.ts";

/** So many conversations go on at once. */
const AT_ONCE = 3;

/** Lets somebody talk to each brain, and checks what both ends know of it. */
export async function converseWithAll(reach: (bot: Bot) => Promise<Talker>): Promise<void> {
  await using vendors = serveVendors();
  for (let at = 0; at < vendors.brains.length; at += AT_ONCE) {
    await using stack = new AsyncDisposableStack();
    const reached: Parameters<typeof converseWith>[] = [];
    for (const brain of vendors.brains.slice(at, at + AT_ONCE)) {
      const talker = stack.use(await reach(await loadBot(brain)));
      reached.push([brain, talker, await brain.connected()]);
    }
    await Promise.all(reached.map((one) => converseWith(...one)));
  }
  assert.deepEqual(vendors.refusals(), []);
}

async function converseWith(
  { name, keys }: Brain,
  talker: Talker,
  assertModel: (conversation: Conversation) => void,
): Promise<void> {
  try {
    const conversation = await converse(talker);
    assertRecorded(conversation);
    assertModel(conversation);
  } catch (cause) {
    throw new Error(`${name} with ${keys[0]}`, { cause });
  }
}
