/**
 * WhatsApp calls where several processes share the number: news comes to any of them.
 */
import assert from "node:assert/strict";
import { eventually, testFleet } from "../support/fleet.ts";
import { notification, notify, ringing, terminated, value } from "./meta.ts";

const GRAPH = "https://graph.test";
const ENVIRONMENT = {
  WHATSAPP_APP_SECRET: "app-secret",
  WHATSAPP_PHONE_NUMBER_ID: "436666719526789",
  WHATSAPP_TOKEN: "EAAtoken",
  WHATSAPP_WEBHOOK_VERIFICATION_TOKEN: "verify me",
  WHATSAPP_BASE_URL: GRAPH,
};

/** Two processes for calls, and what Meta was told. */
async function twoProcesses(maxSessions: number) {
  const setup = await testFleet(2, {
    whatsapp: true,
    environment: ENVIRONMENT,
    limits: { maxSessions },
  });
  const actions: string[] = [];
  setup.network.hosts.set(GRAPH, async (request) => {
    actions.push((await request.json()).action);
    return Response.json({ success: true });
  });
  const [one, two] = setup.processes;
  assert.ok(one && two);
  const sizes = () => `${one.runner.sessions.size},${two.runner.sessions.size}`;
  return { setup, one, two, actions, sizes };
}

Deno.test("the end of a WhatsApp call reaches the process that has it, whoever hears of it", async () => {
  const { setup, one, two, actions, sizes } = await twoProcesses(5);
  await using _setup = setup;
  await notify(one.runner, notification(value([ringing("wacid.1", "v=0")])));
  await eventually(() => sizes() === "1,0");

  const { status, over } = await notify(two.runner, notification(value([terminated("wacid.1")])));
  await over;

  assert.equal(status, 200);
  await eventually(() => sizes() === "0,0");
  assert.deepEqual(actions, ["pre_accept", "accept"]);
});

Deno.test("a WhatsApp call that a process has no room for is taken by another one, once", async () => {
  const { setup, one, two, actions, sizes } = await twoProcesses(1);
  await using _setup = setup;
  await notify(one.runner, notification(value([ringing("wacid.1", "v=0")])));
  await eventually(() => sizes() === "1,0");

  await notify(one.runner, notification(value([ringing("wacid.2", "v=0")])));
  await eventually(() => sizes() === "1,1");
  await notify(two.runner, notification(value([ringing("wacid.2", "v=0")]))); // told again
  assert.deepEqual(actions, ["pre_accept", "accept", "pre_accept", "accept"]);
  const { over } = await notify(one.runner, notification(value([ringing("wacid.3", "v=0")])));
  await over;
  assert.deepEqual(actions.slice(4), ["reject"]);
  await notify(one.runner, notification(value([terminated("wacid.2")])));

  await eventually(() => sizes() === "1,0");
});
