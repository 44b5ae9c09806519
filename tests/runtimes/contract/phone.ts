/**
 * Phone calls: webhook, answer, stream, and the end.
 */
import assert from "node:assert/strict";
import type { TelephonyTransportName } from "../../../src/core/bot.ts";
import { CARRIERS } from "../../../src/ways/phone/carriers/mod.ts";
import { CARRIER_NAMES } from "../../../src/core/transport_names.ts";
import { call } from "../../../src/testing/mod.ts";
import { signalToNoise, sine } from "../../audio/signals.ts";
import { hear, loudPart } from "../../testing/telephone.ts";
import { delay } from "../../webrtc/client.ts";
import type { Checks } from "./mod.ts";
import { exchange, HANDSHAKE } from "./raw.ts";

/** G.711 leaves about 36 dB. */
const CLEAR_DB = 33;
/** Begins and ends with a loud sample. */
const TONE = sine(500, 8000, 0.4).map((sample, i) => i === 0 || i === 3199 ? 20_000 : sample);

/** Where a carrier calls, or streams where it does not call first. */
const webhookOf = (url: string, carrier: TelephonyTransportName) =>
  `${url}/${CARRIERS[carrier].webhook ? carrier : "ws"}`;

/** What carriers need. */
export const PHONE: Checks = {
  "callers of every carrier hear themselves, all at once": async (url) => {
    await Promise.all(CARRIER_NAMES.map(async (carrier) => {
      await using caller = await call(webhookOf(url, carrier), { carrier });

      void caller.say(TONE);

      const heard = loudPart(await hear(caller, 700));
      assert.ok(signalToNoise(TONE, heard) > CLEAR_DB, carrier);
    }));
  },

  "the bot hangs up once its last word was heard, with every caller in its own time": async (
    url,
  ) => {
    await Promise.all([0, 200, 400].map(async (wait) => {
      await delay(wait);
      await using caller = await call(webhookOf(url, "twilio"), {
        carrier: "twilio",
        params: { mode: "goodbye" },
      });

      const heard = loudPart(await hear(caller, 2000));
      const { by, unheardMs } = await caller.ended;

      assert.equal(by, "server");
      assert.equal(unheardMs, 0);
      assert.ok(heard.length >= 3900, `${heard.length / 8} ms were heard`);
    }));
  },

  "a webhook that comes again, at the same moment and in the call, gets the first answer": async (
    url,
  ) => {
    const asking = CARRIER_NAMES.filter((carrier) => CARRIERS[carrier].webhook);
    await Promise.all(asking.map(async (carrier) => {
      const id = `${carrier}-again`;
      const body = new URLSearchParams({ CallSid: id, CallUUID: id, uuid: id });
      const ring = async () =>
        await (await fetch(`${url}/${carrier}`, { method: "POST", body })).text();

      const answers = new Set(await Promise.all([ring(), ring(), ring()]));
      const later = await ring();
      await using caller = await call(webhookOf(url, carrier), { carrier, chaos: { repeats: 2 } });

      assert.deepEqual([...answers], [later], carrier);
      assert.match(later, /\/ws\/[0-9a-f]{48}/);
      assert.ok(caller.streamUrl);
    }));
  },

  "nobody has a call dialled where there is no start token": async (url) => {
    const body = JSON.stringify({ transport: "twilio", to: "+15551234567", from: "+15550100002" });
    const response = await fetch(`${url}/dial`, { method: "POST", body });

    assert.deepEqual([response.status, (await response.json()).code], [403, "dial_off"]);
  },

  "a token that is used up or wrong is refused before the upgrade": async (url) => {
    const caller = await call(webhookOf(url, "twilio"), { carrier: "twilio" });
    await caller[Symbol.asyncDispose]();
    const path = caller.streamUrl.slice(url.replace("http", "ws").length);

    assert.equal(await exchange(url, { path, headers: HANDSHAKE }), 403);
    assert.equal(await exchange(url, { path: "/ws/wrong", headers: HANDSHAKE }), 403);
  },
};
