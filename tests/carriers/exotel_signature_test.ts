import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { request, upgrade, webhook } from "./signed_request.ts";

Deno.test("Exotel: a webhook and a WebSocket need the user's name and password", async () => {
  const account = CARRIERS.exotel.account({
    EXOTEL_STREAM_USERNAME: "zoë",
    EXOTEL_STREAM_PASSWORD: "pass:word",
  });
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
  const cases: [Record<string, string>, boolean][] = [
    [{ authorization: basic("zoë:pass:word") }, true],
    [{ authorization: basic("zoë:pass:word").replace("Basic", "basic") }, true],
    [{ authorization: basic("zoë:pass:wor") }, false],
    [{ authorization: basic("zoe:pass:word") }, false],
    [{ authorization: basic("zoë:pass:word").replace("Basic", "Bearer") }, false],
    [{ authorization: "Basic" }, false],
    [{}, false],
  ];
  for (const [headers, expected] of cases) {
    const get = request("GET", "https://bot.example.com/exotel?CallSid=1", headers);
    assert.equal(await webhook(account, get), expected);
    assert.equal(
      await upgrade(account, request("GET", "wss://x.example.com/ws", headers)),
      expected,
    );
  }
});

Deno.test("nothing is checked, and no call can be ended, without a secret", () => {
  for (const carrier of Object.values(CARRIERS)) {
    assert.deepEqual(carrier.account({}), {});
    const empty = Object.fromEntries(carrier.variables.map((name) => [name, ""]));
    assert.deepEqual(carrier.account(empty), {});
  }
});
