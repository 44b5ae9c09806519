import assert from "node:assert/strict";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { createProvider, forged } from "../../src/ways/phone/provider.ts";
import { recordsOf } from "../support/warnings.ts";

const CALL = { callId: "call-1", streamId: "stream-1" };

/** What the runner logs meanwhile. */
async function logged(run: () => void | Promise<void>): Promise<string[]> {
  const records = await recordsOf("debug", async () => await run());
  return records.map(({ message }) => message.join(""));
}

Deno.test("a forged request leaves one line that names the address, without numbers or tokens", async () => {
  const provider = createProvider(CARRIERS.twilio, {});
  const lines = await logged(() => {
    assert.equal(forged(provider, new URL("https://bot.test/twilio?From=%2B1555")).status, 403);
    forged(provider, new URL("wss://bot.test/ws/0123456789abcdef"));
  });

  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /twilio.*https:\/\/bot\.test\/twilio\?….*publicUrl/);
  assert.doesNotMatch(lines[0] ?? "", /1555/);
  assert.match(lines[1] ?? "", /wss:\/\/bot\.test\/ws\/…/);
  assert.doesNotMatch(lines[1] ?? "", /0123456789/);
});

Deno.test("missing credentials are told once, and only where they would help", async () => {
  const providers = [CARRIERS.twilio, CARRIERS.plivo, CARRIERS.exotel].map((carrier) =>
    createProvider(carrier, {})
  );

  const lines = await logged(async () => {
    for (let call = 0; call < 3; call++) {
      for (const provider of providers) await provider.hangUp(CALL, { trusted: true });
    }
  });

  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /twilio.*set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN$/);
  assert.match(lines[1] ?? "", /plivo.*PLIVO_AUTH_ID/);
});

Deno.test("a command that fails is logged, and rejects nothing", async () => {
  const carrier = {
    ...CARRIERS.twilio,
    commands: () => ({ hangUp: () => Promise.reject(new Error("no route")) }),
  };

  const lines = await logged(() => createProvider(carrier, {}).hangUp(CALL, { trusted: true }));

  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /no route/);
});
