/**
 * JSON can hold an object that cannot be turned into text: its `toString` is a number.
 */
import assert from "node:assert/strict";
import { RunnerError } from "../../src/core/error.ts";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import type { Fields } from "../../src/ways/phone/carriers/fields.ts";
import { FROM_CARRIER } from "./messages.ts";

const UNWRITABLE = { toString: 1, valueOf: 2 };

const payload = { call_control_id: "c1", from: "+1415", to: "+1416", result: "human", code: 1 };
/** What any carrier's webhook may say, as of a call that begins and as of news. */
const WEBHOOKS: readonly Fields[] = [
  { CallSid: "CA1", CallUUID: "u1", From: "+1", To: "+2", CallStatus: "ringing", Direction: "in" },
  { CallUUID: "u1", Event: "StartApp", CallStatus: "in-progress" },
  { CallUUID: "u1", Event: "MachineDetection", Machine: "true", AnsweredBy: "human" },
  { data: { event_type: "call.initiated", payload: { ...payload, direction: "incoming" } } },
  { data: { event_type: "call.machine.detection.ended", payload } },
  { uuid: "u1", conversation_uuid: "CON-1", from: "1415", to: "1416", status: "answered" },
];
const STREAM: readonly Fields[] = [
  ...Object.values(FROM_CARRIER).flatMap((messages): Fields[] => Object.values(messages)),
  { event: "MEDIA_START", channel: "c", channel_id: "1", format: "ulaw", optimal_frame_size: 160 },
];

/** The same with one value in another's place, for each place that there is. */
function* spoiled(value: unknown): Generator<unknown> {
  yield UNWRITABLE;
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    for (const other of spoiled(inner)) yield { ...value, [name]: other };
  }
}

/** Runs something that may refuse what it gets, and nothing else. */
function refusing<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    assert.ok(error instanceof RunnerError, `${error}`);
    return undefined;
  }
}

for (const carrier of Object.values(CARRIERS)) {
  Deno.test(`a value that cannot be written is no fault of the runner's, from ${carrier.name}`, () => {
    const { webhook } = carrier;
    for (const body of webhook ? WEBHOOKS : []) {
      for (const each of spoiled(body)) refusing(() => webhook?.read(each as Fields));
    }
    for (const message of STREAM) {
      const [started, ...others] = [message, ...spoiled(message)].flatMap((each) =>
        refusing(() => carrier.readStart(each, new URLSearchParams())) ?? []
      );
      for (const start of [started, ...others]) {
        if (start) refusing(() => carrier.serializer(start));
      }
      if (!started) continue;
      const serializer = carrier.serializer(started);
      for (const each of STREAM.flatMap((each) => [...spoiled(each)])) {
        serializer.parse(JSON.stringify(each));
      }
    }
  });
}
