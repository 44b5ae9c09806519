/**
 * Calls that are dialled: who may ask for one, and what of.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { dialling, phone, twilio, workerWith } from "../../src/runtimes/workers.ts";
import { evilText } from "../hostile/evil.ts";
import { spoiled } from "../hostile/values.ts";
import { openAccount, OWN, THEIRS } from "../support/carrier_api/account.ts";
import { echoing, request, TOKEN } from "./dialling_runner.ts";
import { recordsOf } from "../support/warnings.ts";

Deno.test("asterisk says how to dial instead", async () => {
  await using account = await openAccount("asterisk");
  const { runner } = echoing(account);
  await assert.rejects(runner.dial({ transport: "asterisk", to: THEIRS, from: OWN }), {
    code: "carrier_cannot",
    message: /originate/,
  });
  await runner.close();
});

Deno.test("POST /dial is off without a start token, and asks for it", async () => {
  await using account = await openAccount("twilio");
  const order = { transport: "twilio", to: THEIRS, from: OWN };
  const open = createRunner(() => {}, account.options);
  const { runner } = echoing(account);
  const status = async (response: Response | Promise<Response>) => {
    const { code } = await (await response).json();
    return [(await response).status, code];
  };

  assert.deepEqual(await status(open.fetch(request(order))), [403, "dial_off"]);
  assert.deepEqual(await status(runner.fetch(request(order, { authorization: "" }))), [
    401,
    "no_start_token",
  ]);
  const wrong = request(order, { authorization: "Bearer wrong" });
  assert.deepEqual(await status(runner.fetch(wrong)), [401, "bad_start_token"]);
  const get = new Request("https://bot.test/dial");
  assert.deepEqual(await status(runner.fetch(get)), [405, "wrong_method"]);
  await Promise.all([open.close(), runner.close()]);
  assert.deepEqual(account.api.dialled, []);
});

Deno.test("numbers that are none, and fields that are wrong, are refused and not repeated", async () => {
  await using account = await openAccount("twilio");
  const { runner } = echoing(account);
  const good = { transport: "twilio", to: THEIRS, from: OWN };
  const wrong: [unknown, string][] = [
    [{ ...good, to: "15559876543" }, "bad_number"],
    [{ ...good, to: "+1 555 987 6543" }, "bad_number"],
    [{ ...good, to: "sip:a@b.example" }, "bad_number"],
    [{ ...good, to: "+15559876543<+15559876544" }, "bad_number"],
    [{ ...good, to: "+15559876543&Url=https://evil.example" }, "bad_number"],
    [{ ...good, from: "</Number>" }, "bad_number"],
    [{ ...good, from: undefined }, "bad_number"],
    [{ ...good, to: 15559876543 }, "bad_request"],
    [{ ...good, to: undefined }, "bad_request"],
    [{ ...good, transport: "webrtc" }, "bad_request"],
    [{ ...good, machineDetection: "maybe" }, "bad_request"],
    [[], "bad_request"],
  ];
  for (const [order, expected] of wrong) {
    const response = await runner.fetch(request(order));
    const { code, detail } = await response.json();
    assert.deepEqual([response.status, code], [400, expected], JSON.stringify(order));
    assert.doesNotMatch(detail, /5559876543|evil/);
  }
  await runner.close();
  assert.deepEqual(account.api.dialled, []);
});

Deno.test("whatever is asked for, it is a call to make or one sentence that says why not", async () => {
  await using account = await openAccount("twilio");
  const { runner } = echoing(account);
  const good = {
    transport: "twilio",
    to: THEIRS,
    from: OWN,
    body: { a: 1 },
    machineDetection: "greeting",
  };
  await fc.assert(
    fc.asyncProperty(spoiled(good), evilText, async (body, key) => {
      const headers = { "idempotency-key": key.replace(/[^\x21-\x7e]/g, "") || "k" };
      const whole = {
        method: "POST",
        body,
        headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      };
      const response = await runner.fetch(new Request("https://bot.test/dial", whole));
      const answer = await response.json();

      if (response.status === 200) return assert.ok(answer.callId);
      assert.match(answer.code, /^[a-z_]+$/);
      assert.ok(response.status < 500 || answer.code === "dial_failed", answer.code);
    }),
    { numRuns: 300 },
  );
  await runner.close();
  for (const { to, answerUrl = "", eventUrl = "" } of account.api.dialled) {
    assert.match(to, /^\+1[0-9]{6,14}$/);
    assert.match(answerUrl, /^https:\/\/bot\.test\/twilio\/[\da-f]{48}$/);
    assert.equal(eventUrl, "https://bot.test/twilio");
  }
});

Deno.test("only numbers of the own country are called, or of the prefixes that are set", async () => {
  await using account = await openAccount("twilio");
  const results = async (
    dialPrefixes: RunnerOptions["dialPrefixes"],
    numbers: readonly string[],
  ) => {
    const more = dialPrefixes === undefined ? {} : { dialPrefixes };
    const { runner } = echoing(account, more);
    const codes = [];
    for (const to of numbers) {
      const ringing = runner.dial({ transport: "twilio", to, from: OWN });
      codes.push(await ringing.then(() => "rings", (error) => error.code));
    }
    await runner.close();
    return codes;
  };
  const numbers = [THEIRS, "+4930123456", "+1900123456"];
  const no = "number_not_allowed";

  assert.deepEqual(await results(undefined, numbers), ["rings", no, "rings"]);
  assert.deepEqual(await results(["+1555", "+49"], numbers), ["rings", "rings", no]);
  assert.deepEqual(await results(true, numbers), ["rings", "rings", "rings"]);
  assert.deepEqual(await results(false, numbers), ["dial_off", "dial_off", "dial_off"]);
});

Deno.test("the number to show is that of the environment, where none is named", async () => {
  await using account = await openAccount("twilio");
  const environment = { ...account.options.environment, TWILIO_PHONE_NUMBER: OWN };
  const { runner } = echoing(account, { environment });
  await runner.dial({ transport: "twilio", to: THEIRS });
  await runner.close();
  assert.equal(account.api.dialled[0]?.from, OWN);
});

Deno.test("a runner whose public address is not known dials nothing", async () => {
  await using account = await openAccount("twilio");
  const { environment = {} } = account.options;
  const runner = createRunner(() => {}, { startToken: TOKEN, environment });
  const order = { transport: "twilio", to: THEIRS, from: OWN } as const;

  const response = await runner.fetch(request(order));
  assert.equal((await response.json()).code, "no_public_url");
  await assert.rejects(runner.dial(order), { code: "no_public_url" });
  await runner.close();
  assert.deepEqual(account.api.dialled, []);
});

Deno.test("the rate of starts holds for calls that are dialled", async () => {
  await using account = await openAccount("twilio");
  const { runner } = echoing(account, { limits: { startsPerMinute: 2 } });
  const platform = {
    remoteAddress: () => "203.0.113.5",
    waitUntil() {},
    upgrade: () => assert.fail("nobody asks for a WebSocket"),
  };
  const statuses = [];
  for (let i = 0; i < 3; i++) {
    const order = request({ transport: "twilio", to: THEIRS, from: OWN });
    statuses.push((await runner.fetch(order, platform)).status);
  }
  await runner.close();
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.equal(account.api.dialled.length, 2);
});

Deno.test("a call that rings has its place: whoever picks up is not told that all lines are busy", async () => {
  await using account = await openAccount("twilio");
  const { runner, called } = echoing(account, { limits: { maxSessions: 1 } });
  await runner.dial({ transport: "twilio", to: THEIRS, from: OWN });
  await assert.rejects(account.ring(runner), { code: "call_refused" });
  await assert.rejects(runner.dial({ transport: "twilio", to: THEIRS, from: OWN }), {
    code: "full",
  });
  await using caller = await account.pickUp(runner, account.api.dialled[0]!);

  assert.equal((await called).callData.direction, "outbound");
  assert.equal(runner.sessions.load.promised, 0);
  await caller.hangUp();
  await runner.close();
  assert.equal(account.api.dialled.length, 1);
});

Deno.test("an Idempotency-Key lets the phone ring once, whoever asks again", async () => {
  await using account = await openAccount("twilio");
  const { runner } = echoing(account);
  const key = { "idempotency-key": "order-1" };
  const order = { transport: "twilio", to: THEIRS, from: OWN };
  const ask = async (body: unknown) => await runner.fetch(request(body, key));

  const answers = await Promise.all([ask(order), ask(order)]);
  const [first, again] = await Promise.all(answers.map((answer) => answer.json()));
  const other = await ask({ ...order, body: { another: 1 } });
  await runner.close();

  assert.deepEqual(again, first);
  assert.deepEqual([other.status, (await other.json()).code], [422, "key_reused"]);
  assert.equal(account.api.dialled.length, 1);
});

Deno.test("a carrier that does not answer may be calling: it is asked once, and the key remembers", async () => {
  let asked = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    asked++;
    return new Response("bad gateway", { status: 502, headers: { connection: "close" } });
  });
  const environment = {
    TWILIO_ACCOUNT_SID: "AC1",
    TWILIO_AUTH_TOKEN: "secret",
    TWILIO_BASE_URL: `http://127.0.0.1:${server.addr.port}`,
  };
  const { runner } = echoing({ options: { publicUrl: "https://bot.test", environment } });
  const order = { transport: "twilio", to: THEIRS, from: OWN };
  const ask = () => runner.fetch(request(order, { "idempotency-key": "order-2" }));

  for (const response of [await ask(), await ask()]) {
    assert.deepEqual([response.status, (await response.json()).code], [504, "dial_uncertain"]);
  }
  await runner.close();
  await server.shutdown();
  assert.equal(asked, 1);
});

Deno.test("what answers a call that was dialled is for its carrier alone, and once", async () => {
  await using account = await openAccount("twilio");
  const { runner } = echoing(account);
  await runner.dial({ transport: "twilio", to: THEIRS, from: OWN });
  const [dialled] = account.api.dialled;
  const { answerUrl = "" } = dialled!;

  const unsigned = await runner.fetch(
    new Request(answerUrl, { method: "POST", body: new URLSearchParams({ CallSid: "CA1" }) }),
  );
  await using caller = await account.pickUp(runner, dialled!);
  const second = account.pickUp(runner, { ...dialled!, id: "CA2" });

  assert.equal(unsigned.status, 403);
  await assert.rejects(second);
  await caller.hangUp();
  await runner.close();
});

Deno.test("each of several bots has calls dialled of its own", async () => {
  await using account = await openAccount("twilio");
  const { promise: called, resolve } = Promise.withResolvers<string>();
  const runner = createRunner({
    greeter: () => resolve("greeter"),
    sales: () => resolve("sales"),
  }, { startToken: TOKEN, ...account.options });
  await runner.dial({ bot: "sales", transport: "twilio", to: THEIRS, from: OWN });
  const [dialled] = account.api.dialled;
  await using caller = await account.pickUp(runner, dialled!);

  assert.equal(await called, "sales");
  assert.match(dialled?.answerUrl ?? "", /^https:\/\/bot\.test\/sales\/twilio\/[\da-f]{48}$/);
  await assert.rejects(runner.dial({ bot: "no", transport: "twilio", to: THEIRS }), {
    code: "bad_bot_name",
  });
  await caller.ended;
  await runner.close();
});

Deno.test("no line of the log has a number, a token or a secret in it", async () => {
  await using account = await openAccount("twilio");
  const records = await recordsOf("debug", async () => {
    const { runner, called } = echoing(account);
    const order = { transport: "twilio", from: OWN, body: { secret: "of the caller" } };
    for (const to of [THEIRS, "15551234567", "+4930123456"]) {
      await (await runner.fetch(request({ ...order, to }))).body?.cancel();
    }
    const [dialled] = account.api.dialled;
    await using caller = await account.pickUp(runner, dialled!);
    const { call } = await called;
    await call.transfer("+15557654321");
    await caller.ended;
    await account.tell(runner, dialled!.eventUrl ?? "", dialled!.id, { CallStatus: "completed" });
    await (await runner.fetch(new Request(dialled!.answerUrl ?? "", { method: "POST" }))).text();
    await runner.close();
  });

  const lines = records.map(({ message, properties }) =>
    message.join("") + JSON.stringify(properties)
  );
  assert.ok(lines.some((line) => line.includes("Dialling a call on twilio")));
  assert.ok(lines.some((line) => line.includes("Refused a request that twilio did not sign")));
  for (const line of lines) {
    assert.doesNotMatch(line, /1555\d{7}|4930123456|[\da-f]{48}|of the caller|0123456789abcdef/);
  }
});

Deno.test("a Worker dials where its ways name it", async () => {
  const dial = new Request("https://bot.test/dial", { method: "POST" });
  const status = async (ways: Parameters<typeof workerWith>[0]) => {
    const { fetch } = workerWith(ways, () => {}, () => ({ startToken: TOKEN }));
    return (await fetch(dial.clone(), {}, { waitUntil() {} })).status;
  };

  assert.equal(await status([phone(twilio)]), 404);
  assert.equal(await status([phone(twilio), dialling(twilio)]), 401); // no token came
});
