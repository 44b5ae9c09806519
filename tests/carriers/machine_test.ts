/**
 * What carriers find out of who has answered, in one type.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { AnsweredBy } from "../../src/core/phone_call.ts";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";

type Detects = "twilio" | "telnyx" | "plivo" | "vonage";

const event = (name: string, result: string) => ({
  data: {
    event_type: `call.machine.${name}.ended`,
    payload: { call_control_id: "c1", result },
  },
});

/** The news of each carrier, after their references; `human` stands for `{ who: "human" }`. */
const NEWS: readonly [Detects, Record<string, unknown>, Omit<AnsweredBy, "raw">, string][] = [
  ["twilio", { AnsweredBy: "human" }, { who: "human" }, "human"],
  ["twilio", { AnsweredBy: "fax" }, { who: "fax" }, "fax"],
  ["twilio", { AnsweredBy: "unknown" }, { who: "unknown" }, "unknown"],
  ["twilio", { AnsweredBy: "machine_start" }, { who: "machine" }, "machine_start"],
  ...(["beep", "silence", "other"] as const).map((end) =>
    [
      "twilio",
      { AnsweredBy: `machine_end_${end}`, MachineDetectionDuration: "5000" },
      { who: "machine", greetingEnded: end },
      `machine_end_${end}`,
    ] as const
  ).map((row) => [...row] as [Detects, Record<string, unknown>, Omit<AnsweredBy, "raw">, string]),
  [
    "telnyx",
    { AnsweredBy: "machine_end_beep" },
    { who: "machine", greetingEnded: "beep" },
    "machine_end_beep",
  ],
  ["telnyx", event("detection", "human"), { who: "human" }, "human"],
  ["telnyx", event("detection", "machine"), { who: "machine" }, "machine"],
  ["telnyx", event("detection", "not_sure"), { who: "unknown" }, "not_sure"],
  ["telnyx", event("premium.detection", "human_business"), { who: "human" }, "human_business"],
  ["telnyx", event("premium.detection", "fax_detected"), { who: "fax" }, "fax_detected"],
  ["telnyx", event("premium.detection", "silence"), { who: "unknown" }, "silence"],
  ["telnyx", event("greeting", "ended"), { who: "machine", greetingEnded: "silence" }, "ended"],
  ["telnyx", event("greeting", "not_sure"), { who: "machine", greetingEnded: "other" }, "not_sure"],
  [
    "telnyx",
    event("premium.greeting", "beep_detected"),
    { who: "machine", greetingEnded: "beep" },
    "beep_detected",
  ],
  ["plivo", { Event: "MachineDetection", Machine: "true" }, { who: "machine" }, "true"],
  ["plivo", { Event: "MachineDetection", Machine: "false" }, { who: "human" }, "false"],
  ["vonage", { status: "human" }, { who: "human" }, "human"],
  ["vonage", { status: "machine" }, { who: "machine" }, "machine"],
  [
    "vonage",
    { status: "machine", sub_state: "beep_start" },
    { who: "machine", greetingEnded: "beep" },
    "machine/beep_start",
  ],
  [
    "vonage",
    { status: "machine", sub_state: "beep_timeout" },
    { who: "machine", greetingEnded: "silence" },
    "machine/beep_timeout",
  ],
];
const ID = { twilio: "CallSid", telnyx: "CallSid", plivo: "CallUUID", vonage: "uuid" } as const;

for (const [name, news, verdict, raw] of NEWS) {
  Deno.test(`${name}: ${raw} is ${Object.values(verdict).join(", ")}`, () => {
    const told = CARRIERS[name].webhook!.read({ ...news, [ID[name]]: "c1" });

    assert.deepEqual(told, { kind: "news", callId: "c1", answeredBy: { ...verdict, raw } });
  });
}

Deno.test("Twilio: a verdict that comes with the call itself is a part of it", () => {
  const told = CARRIERS.twilio.webhook!.read({
    CallSid: "CA1",
    CallStatus: "in-progress",
    Direction: "outbound-api",
    AnsweredBy: "machine_start",
  });

  assert.ok(told.kind === "call");
  assert.deepEqual(told.call, {
    callId: "CA1",
    direction: "outbound",
    answeredBy: { who: "machine", raw: "machine_start" },
  });
});

Deno.test("whatever a carrier says of who answered, it is one of four, and raw", () => {
  const text = fc.oneof(fc.string(), fc.constantFrom("machine_end_", "human_", "constructor"));
  fc.assert(fc.property(text, text, (word, state) => {
    const told = [
      CARRIERS.twilio.webhook!.read({
        CallSid: "c1",
        AnsweredBy: word,
        MachineDetectionDuration: "1",
      }),
      CARRIERS.plivo.webhook!.read({ CallUUID: "c1", Machine: word, Event: "MachineDetection" }),
      CARRIERS.vonage.webhook!.read({ uuid: "c1", status: "machine", sub_state: state }),
      CARRIERS.telnyx.webhook!.read({
        data: {
          event_type: "call.machine.detection.ended",
          payload: { call_control_id: "c1", result: word },
        },
      }),
    ];
    for (const news of told) {
      assert.ok(news.kind === "news");
      const { who = "unknown", greetingEnded = "other" } = news.answeredBy ?? {};
      assert.ok(["human", "machine", "fax", "unknown"].includes(who));
      assert.ok(["beep", "silence", "other"].includes(greetingEnded));
    }
  }));
});
