/**
 * Who has answered a call that was dialled: a person or a machine.
 */
import assert from "node:assert/strict";
import type { AnsweredBy } from "../../src/core/phone_call.ts";
import type { createRunner } from "../../src/runner.ts";
import { sharedStore } from "../support/fleet.ts";
import { type Account, openAccount, OWN, THEIRS } from "../support/carrier_api/account.ts";
import { telnyxEvent } from "../support/telnyx_event.ts";
import { DETECTING, echoing } from "./dialling_runner.ts";

/** How each carrier says that a machine has answered. */
async function tellMachine(account: Account, runner: ReturnType<typeof createRunner>, id: string) {
  const [dialled] = account.api.dialled;
  const url = dialled?.eventUrl ?? "";
  switch (account.name) {
    case "twilio":
      return await account.tell(runner, url, id, {
        AnsweredBy: "machine_end_beep",
        MachineDetectionDuration: "4200",
      });
    case "plivo":
      return await account.tell(runner, url, id, { Event: "MachineDetection", Machine: "true" });
    case "vonage":
      return await account.tell(runner, url, id, { status: "machine", sub_state: "beep_start" });
    default: {
      const told = { call_control_id: id, result: "beep_detected", direction: "outgoing" };
      const event = { type: "call.machine.greeting.ended", secret: account.secret, url };
      return (await runner.fetch(await telnyxEvent(told, event))).status;
    }
  }
}

const MACHINE: Record<string, AnsweredBy> = {
  twilio: { who: "machine", greetingEnded: "beep", raw: "machine_end_beep" },
  telnyx: { who: "machine", greetingEnded: "beep", raw: "beep_detected" },
  plivo: { who: "machine", raw: "true" },
  vonage: { who: "machine", greetingEnded: "beep", raw: "machine/beep_start" },
};

for (const name of DETECTING) {
  Deno.test(`${name}: the bot is told that a machine has answered`, async () => {
    await using account = await openAccount(name);
    const { runner, called } = echoing(account);
    const machineDetection = name === "plivo" ? true : "greeting";
    await runner.dial({ transport: name, to: THEIRS, from: OWN, machineDetection });
    const [dialled] = account.api.dialled;
    assert.ok(dialled?.detects);
    await using caller = await account.pickUp(runner, dialled);
    const { call } = await called;
    const waiting = call.answeredBy({ greetingEnd: name !== "plivo" });

    assert.equal(await tellMachine(account, runner, caller.callId), 200);
    assert.deepEqual(await waiting, MACHINE[name]);
    await caller.hangUp();
    await runner.close();
  });
}

Deno.test("processes that share a store share a call: dialled by one, answered by another, told to the first", async () => {
  await using account = await openAccount("twilio");
  const store = sharedStore();
  const one = echoing(account, { store });
  const other = echoing(account, { store });
  const order = { transport: "twilio", to: THEIRS, from: OWN, machineDetection: true } as const;
  await one.runner.dial({ ...order, body: { a: 1 } });
  await using caller = await account.pickUp(other.runner, account.api.dialled[0]!);
  const { call, body } = await other.called;
  const waiting = call.answeredBy();

  assert.deepEqual(body, { a: 1 });
  assert.equal(await tellMachine(account, one.runner, caller.callId), 200);
  assert.equal((await waiting)?.who, "machine");
  await caller.hangUp();
  await Promise.all([one.runner.close(), other.runner.close()]);
});

Deno.test("the verdict is undefined where none comes in time, and for a call that was not dialled", async () => {
  await using account = await openAccount("twilio");
  const { runner, called } = echoing(account);
  await runner.dial({ transport: "twilio", to: THEIRS, from: OWN });
  await using caller = await account.pickUp(runner, account.api.dialled[0]!);
  const { call } = await called;
  assert.equal(await call.answeredBy({ timeoutMs: 20 }), undefined);
  const waiting = call.answeredBy();
  await caller.hangUp();
  assert.equal(await waiting, undefined, "the call has ended");

  const inbound = echoing(account);
  await using other = await account.ring(inbound.runner);
  assert.equal(await (await inbound.called).call.answeredBy(), undefined);
  await other.hangUp();
  await Promise.all([runner.close(), inbound.runner.close()]);
});

Deno.test("exotel and plivo say what their machine detection cannot", async () => {
  for (const [name, machineDetection] of [["exotel", true], ["plivo", "greeting"]] as const) {
    await using account = await openAccount(name);
    const { runner } = echoing(account);
    const order = { transport: name, to: THEIRS, from: OWN, machineDetection };
    await assert.rejects(runner.dial(order), { code: "carrier_cannot", status: 501 });
    await runner.close();
    assert.deepEqual(account.api.dialled, []);
  }
});
