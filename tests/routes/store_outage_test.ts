/**
 * What a caller hears while the store fails, whichever of its operations fails first.
 */
import assert from "node:assert/strict";
import { MemoryOnceStore } from "../../src/sessions/once.ts";
import { MemorySessionStore, type SessionStore } from "../../src/sessions/store.ts";
import { createRunner } from "../../src/runner.ts";
import { delay } from "../../src/core/wait.ts";
import { shiftedDate } from "../support/memory_kv.ts";
import { warnings } from "../support/warnings.ts";

/** More operations than any webhook needs. */
const MOST_OPERATIONS = 12;

/** Each carrier's webhook, and how its answers begin a stream and turn a call away in words. */
const CALLS = {
  twilio: {
    form: { CallSid: "CA1", From: "+15550100001", To: "+15550100002" },
    streams: /<Stream url="wss:/,
    words: /<Say>All lines are busy/,
  },
  telnyx: {
    form: { CallSid: "v3:1", From: "+15550100001", To: "+15550100002" },
    streams: /<Stream url="wss:/,
    words: /<Say>All lines are busy/,
  },
  plivo: {
    form: { CallUUID: "1", From: "+15550100001", To: "+15550100002", Event: "StartApp" },
    streams: /<Stream [^>]*>wss:/,
    words: /<Speak>All lines are busy/,
  },
  exotel: {
    form: { CallSid: "1", CallFrom: "09999999999", CallTo: "08888888888" },
    streams: /"url":"wss:/,
    words: /"error":"All lines are busy/, // it says nothing to callers itself
  },
  vonage: {
    form: { uuid: "1", conversation_uuid: "CON-1", from: "1555", to: "1556" },
    streams: /"uri":"wss:/,
    words: /"text":"All lines are busy/,
  },
};

/** A store whose operations fail from one of them on. */
function failingFrom(first: number) {
  const records = new MemorySessionStore();
  const notes = new MemoryOnceStore();
  const state = { operations: 0, failing: true };
  const ask = <T>(answer: () => Promise<T>): Promise<T> =>
    state.operations++ >= first && state.failing ? Promise.reject(new Error("away")) : answer();
  const store: SessionStore = {
    put: (key, record, ttl) => ask(() => records.put(key, record, ttl)),
    get: (key) => ask(() => records.get(key)),
    take: (key) => ask(() => records.take(key)),
    extend: (key, ttl) => ask(() => records.extend(key, ttl)),
    once: {
      get: (key) => ask(() => notes.get(key)),
      add: (key, note, keeping) => ask(() => notes.add(key, note, keeping)),
      set: (key, note, keeping) => ask(() => notes.set(key, note, keeping)),
      delete: (key) => ask(() => notes.delete(key)),
    },
  };
  return { store, state };
}

for (const [carrier, { form, streams, words }] of Object.entries(CALLS)) {
  Deno.test(`${carrier}: a caller hears words or the bot, whichever operation of the store fails first`, async () => {
    let heard = 0;
    let streamed = 0;
    for (let first = 0; first < MOST_OPERATIONS; first++) {
      const { store } = failingFrom(first);
      const runner = createRunner(() => Promise.resolve(), { store, insecureCarriers: true });
      const body = new URLSearchParams(form);
      const request = new Request(`https://bot.test/${carrier}`, { method: "POST", body });

      let text = "";
      await warnings(async () => {
        text = await (await runner.fetch(request)).text();
      });

      if (words.test(text)) heard++;
      else if (streams.test(text)) streamed++;
      else assert.fail(`the store fails from operation ${first} on: ${text}`);
      await runner.close();
    }
    assert.ok(heard > 2 && streamed > 2, `${heard} ${streamed}`);
  });
}

Deno.test("whoever picks up a call that was dialled hears words, too", async () => {
  const { store } = failingFrom(0);
  const runner = createRunner(() => Promise.resolve(), { store, insecureCarriers: true });
  const body = new URLSearchParams({ ...CALLS.twilio.form, Direction: "outbound-api" });
  const url = `https://bot.test/twilio/${"0".repeat(48)}`;

  await warnings(async () => {
    const text = await (await runner.fetch(new Request(url, { method: "POST", body }))).text();
    assert.match(text, CALLS.twilio.words);
  });
  await runner.close();
});

Deno.test("a webhook that comes again once the store is back is answered, too", async () => {
  const { form, streams, words } = CALLS.twilio;
  for (let first = 0; first < 5; first++) {
    const { store, state } = failingFrom(first);
    const runner = createRunner(() => Promise.resolve(), { store, insecureCarriers: true });
    using date = shiftedDate();
    const ring = async () => {
      const body = new URLSearchParams(form);
      const request = new Request("https://bot.test/twilio", { method: "POST", body });
      return await (await runner.fetch(request)).text();
    };

    await warnings(async () => {
      await ring();
      state.failing = false;
      const ringing = ring();
      await delay(0);
      date.pass(9_000); // as long as another process that decides is waited for
      const text = await ringing;
      assert.ok(streams.test(text) || words.test(text), `from ${first} on: ${text}`);
    });
    await runner.close();
  }
});
