/**
 * Calls that are dialled for the bot, carrier by carrier: each against an API that refuses what the
 * real one refuses, with a simulated carrier that picks up.
 */
import assert from "node:assert/strict";
import { signalToNoise, sine } from "../audio/signals.ts";
import { openAccount, OWN, THEIRS } from "../support/carrier_api/account.ts";
import { telnyxEvent } from "../support/telnyx_event.ts";
import { hear } from "../testing/telephone.ts";
import { DIALLING, echoing, request } from "./dialling_runner.ts";

for (const name of DIALLING) {
  Deno.test(`${name}: a call that is dialled reaches the bot with its body, and is heard both ways`, async () => {
    await using account = await openAccount(name);
    const { runner, called } = echoing(account);
    const body = { campaign: "spring", "<quote>": "'\"&" };

    const response = await runner.fetch(request({ transport: name, to: THEIRS, from: OWN, body }));
    const answer = await response.json();
    const [dialled] = account.api.dialled;
    assert.ok(dialled);
    await using caller = await account.pickUp(runner, dialled);
    const tone = sine(500, caller.sampleRate, 0.4);
    tone[0] = tone[tone.length - 1] = 20_000;
    await caller.say(tone);
    const heard = await hear(caller, 400);
    const args = await called;
    await caller.hangUp();
    await runner.close();

    assert.deepEqual([response.status, answer.callId], [200, dialled.id]);
    assert.equal(answer.sessionId, args.sessionId);
    assert.equal(response.headers.get("x-session-id"), args.sessionId);
    assert.equal(args.callData.direction, "outbound");
    assert.deepEqual(args.body, body);
    assert.deepEqual(
      [args.callData.from, args.callData.to].map((number) => number?.replace("+", "")),
      [
        OWN.replace("+", ""),
        THEIRS.replace("+", ""),
      ],
    );
    assert.equal(args.callData.callId, caller.callId);
    assert.ok(signalToNoise(tone, heard) > 33);
    assert.deepEqual(caller.violations, []);
  });

  Deno.test(`${name}: a carrier that refuses is an error with no number and no secret in it`, async () => {
    await using account = await openAccount(name);
    const { runner } = echoing(account);
    const order = { transport: name, to: THEIRS, from: "+15550109999" };

    const response = await runner.fetch(request(order));
    const { code, detail } = await response.json();
    await runner.close();

    assert.deepEqual([response.status, code], [502, "dial_failed"]);
    if (name === "twilio") assert.match(detail, /code 21210/);
    if (name === "telnyx") assert.match(detail, /code 10010/);
    assert.doesNotMatch(detail, /555|token|bot\.test/i);
    assert.deepEqual(account.api.dialled, []);
  });

  Deno.test(`${name}: without its secrets, dialling says which to set`, async () => {
    const options = { publicUrl: "https://bot.test", environment: {}, insecureCarriers: true };
    const { runner } = echoing({ options });

    const response = await runner.fetch(request({ transport: name, to: THEIRS, from: OWN }));
    const { code, detail } = await response.json();
    await runner.close();

    assert.equal(code, "no_credentials");
    assert.match(detail, new RegExp(`set ${name.toUpperCase()}_`));
  });

  Deno.test(`${name}: a call that nobody answers leaves nothing behind`, async () => {
    await using account = await openAccount(name);
    const { runner } = echoing(account);
    await runner.dial({ transport: name, to: THEIRS, from: OWN });
    const [dialled] = account.api.dialled;
    assert.ok(dialled?.eventUrl);

    const told = name === "telnyx"
      ? (await runner.fetch(
        await telnyxEvent({ call_control_id: dialled.id, direction: "outgoing" }, {
          type: "call.hangup",
          secret: account.secret,
          url: dialled.eventUrl,
        }),
      )).status
      : await account.tell(runner, dialled.eventUrl, dialled.id, NO_ANSWER[name] ?? {});
    const late = account.pickUp(runner, dialled);

    assert.equal(told, 200);
    assert.equal(runner.sessions.load.promised, 0);
    await assert.rejects(late);
    await runner.close();
  });
}

const NO_ANSWER: Record<string, Record<string, string>> = {
  twilio: { CallStatus: "no-answer" },
  plivo: { CallStatus: "no-answer", Event: "Hangup" },
  exotel: { Status: "no-answer", EventType: "terminal" },
  vonage: { status: "unanswered" },
};
