/**
 * The variables of the carriers' accounts, which are looked at before a carrier is loaded.
 */
import assert from "node:assert/strict";
import { createRunner } from "../../mod.ts";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { hasCarrierAccount } from "../../src/ways/phone/way.ts";

Deno.test("each variable of each carrier shows that there is an account", () => {
  const variables = Object.values(CARRIERS).flatMap(({ variables }) => variables);

  const hidden = variables.filter((name) => !hasCarrierAccount({ [name]: "x" }));

  assert.ok(variables.length > 0);
  assert.deepEqual(hidden, []);
  assert.ok(!hasCarrierAccount({ TWILIO_AUTH_TOKEN: "", PATH: "/bin" }));
});

Deno.test("a runner is not ready with a secret that is wrong, and with none it is", async () => {
  const runner = (environment: Record<string, string>) =>
    createRunner(() => Promise.resolve(), { environment });
  await using wrong = runner({ TELNYX_PUBLIC_KEY: "no key" });
  await using good = runner({ TWILIO_AUTH_TOKEN: "secret" });
  await using none = runner({});

  await assert.rejects(wrong.ready(), { code: "bad_public_key" });
  await good.ready();
  await none.ready();
});
