import assert from "node:assert/strict";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { JSON_CARRIERS } from "./messages.ts";
import { assertCode } from "./refusal.ts";

Deno.test("a webhook tells the call and its numbers", () => {
  const from = "+14155550199", to = "+14155550100";
  const initiated = {
    data: {
      event_type: "call.initiated",
      payload: { call_control_id: "v3:1", from, to, direction: "incoming" },
    },
  };
  const cases: [keyof typeof CARRIERS, Record<string, unknown>, unknown][] = [
    ["twilio", { CallSid: "CA1", From: from, To: to, CallStatus: "ringing" }, {
      callId: "CA1",
      from,
      to,
    }],
    ["twilio", { CallSid: "CA1", From: "Anonymous", To: to }, { callId: "CA1", to }],
    ["twilio", { CallSid: "CA1", From: " 14155550199" }, { callId: "CA1", from }],
    ["telnyx", { CallSid: "v3:1", From: from, To: to }, { callId: "v3:1", from, to }],
    ["telnyx", initiated, { callId: "v3:1", from, to }],
    ["telnyx", initiated.data, { callId: "v3:1", from, to }],
    ["plivo", { CallUUID: "u", From: "1", To: "2", Event: "StartApp" }, {
      callId: "u",
      from: "1",
      to: "2",
    }],
    ["plivo", { CallUUID: "u", Event: "Redirect" }, { callId: "u" }],
    ["exotel", { CallSid: "e", CallFrom: "09", CallTo: "08" }, {
      callId: "e",
      from: "09",
      to: "08",
    }],
    ["exotel", { CallSid: "e", From: "09", To: "08" }, { callId: "e", from: "09", to: "08" }],
  ];
  for (const [name, parameters, call] of cases) {
    const command = "event_type" in parameters || "data" in parameters ? { byCommand: true } : {};
    const expected = { kind: "call", call, ...command };
    assert.deepEqual(CARRIERS[name].webhook!.read(parameters), expected);
  }
});

Deno.test("a webhook without a call, or with an id without end, is refused", () => {
  const long = "x".repeat(257);
  for (const name of JSON_CARRIERS) {
    for (const parameters of [{}, { CallSid: "" }, { CallSid: ["a", "b"] }, { From: "+1" }]) {
      assertCode(() => CARRIERS[name].webhook!.read(parameters), "bad_webhook", /has no id/);
    }
    const parameters = { CallSid: long, CallUUID: long };
    assertCode(() => CARRIERS[name].webhook!.read(parameters), "bad_webhook", /256/);
  }
});
