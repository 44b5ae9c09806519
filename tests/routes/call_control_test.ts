/**
 * What a bot does with its call, carrier by carrier: each against an API that refuses what the real one
 * refuses, with a simulated carrier at the other end.
 */
import assert from "node:assert/strict";
import { createRunner } from "../../src/runner.ts";
import type { TelephonyRunnerArguments } from "../../src/core/bot.ts";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import { call } from "../../src/testing/mod.ts";
import { createTransport } from "../../src/transports/create.ts";
import { type Account, openAccount, OWN, THEIRS } from "../support/carrier_api/account.ts";
import { parseXml } from "../carriers/oracles.ts";
import { made } from "../testing/telephone.ts";

const DESK = "+15557654321";
type Control = (args: TelephonyRunnerArguments) => unknown;

/** A runner of an account whose bot does one thing with its call; `done` settles with what comes of it. */
function controlling({ options }: Account, control: Control, more = {}) {
  const { promise: done, resolve } = Promise.withResolvers<unknown>();
  const runner = createRunner(async (args) => {
    assert.ok("call" in args);
    const result = (async () => await control(args))();
    await result.then(resolve, resolve);
  }, { ...options, ...more });
  return { runner, done };
}

const code = (result: unknown) =>
  result instanceof Error && "code" in result ? result.code : result;

const TRANSFERRED: Record<string, RegExp> = {
  twilio: /^transfer CA\w+ Number \+15557654321$/,
  telnyx: /^transfer v3:\S+ \+15557654321$/,
  plivo: /^transfer \S+ to what https:\/\/bot\.test\/plivo\/[\da-f]{48} says$/,
  vonage: /^transfer \S+ 15557654321 as 15550100002$/,
  asterisk: /^transfer \S+ \+15557654321@from-bot$/,
};

for (const name of CARRIER_NAMES) {
  const transferred = TRANSFERRED[name];
  if (transferred) {
    Deno.test(`${name}: a call is transferred, and never hung up after it`, async () => {
      await using account = await openAccount(name);
      const { runner, done } = controlling(account, async ({ call, signal }) => {
        await account.rang;
        await call.transfer(DESK);
        if (!signal.aborted) {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        }
        return signal.reason.message;
      });
      await using caller = await account.ring(runner);

      assert.equal(await done, "The call was transferred");
      await caller.ended;
      await runner.close();
      assert.equal(account.api.told.length, 1);
      assert.match(account.api.told[0] ?? "", transferred);
    });

    Deno.test(`${name}: what a transfer cannot name is refused before anybody is asked`, async () => {
      await using account = await openAccount(name);
      const wrong = [
        ...(name === "asterisk" ? ["100 200"] : ["15551234567", "100"]), // extensions
        "+0123456789",
        "+1555",
        "+1555123456789012",
        "sip:a@b\r\nX-Evil: 1",
        "sip:a@b?X-Evil=1",
        "sip:<evil>@b",
        "</Number><Hangup/>",
        "http://169.254.169.254/",
        "",
      ];
      const { runner, done } = controlling(account, async ({ call }) => {
        const codes = [];
        for (const to of wrong) codes.push(code(await call.transfer(to).catch((error) => error)));
        return codes;
      });
      await using caller = await account.ring(runner);

      assert.deepEqual(await done, wrong.map(() => "bad_number"));
      await caller.ended;
      await runner.close();
      assert.ok(account.api.told.every((told) => told.startsWith("hang up")));
    });

    Deno.test(`${name}: a call that the carrier has ended is not transferred, and the bot goes on`, async () => {
      await using account = await openAccount(name);
      const { runner, done } = controlling(account, async ({ call, signal }) => {
        const error = await call.transfer(DESK).catch((error) => error);
        return [error.code, error.message.includes("555"), signal.aborted];
      });
      await using caller = await call(runner, { carrier: name, secret: account.secret });

      assert.deepEqual(await done, ["call_over", false, false]);
      await caller.ended;
      await runner.close();
    });
  }

  Deno.test(`${name}: a bot that leaves its call does not end it`, async () => {
    await using account = await openAccount(name);
    const { runner, done } = controlling(account, ({ call }) => call.leave());
    await using caller = await account.ring(runner);

    await done;
    assert.equal((await caller.ended).by, "server");
    await runner.close();
    assert.deepEqual(account.api.told, []);
  });

  Deno.test(`${name}: a bot hangs up at once, and once`, async () => {
    await using account = await openAccount(name);
    const { runner, done } = controlling(account, async (args) => {
      const transport = await createTransport(args);
      const writer = transport.writable.getWriter();
      const said = writer.write(made(new Int16Array(8000 * 60).fill(1000))).catch(() => {});
      await account.rang;
      await args.call.hangUp();
      await args.call.hangUp();
      await said;
    });
    await using caller = await account.ring(runner);

    assert.equal(await done, undefined);
    assert.equal((await caller.ended).by, "server");
    await runner.close();
    const commands = name === "exotel" || name === "asterisk" ? [] : [`hang up ${caller.callId}`];
    assert.deepEqual(account.api.told, commands);
  });

  Deno.test(`${name}: keys are pressed, by a command or as tones`, async () => {
    await using account = await openAccount(name);
    const { runner, done } = controlling(account, async ({ call }) => {
      await account.rang;
      await call.sendDigits("12#");
      return code(await call.sendDigits("12x").catch((error) => error));
    });
    await using caller = await account.ring(runner);

    assert.equal(await done, "bad_digits");
    await caller.ended;
    await runner.close();
    const pressed = account.api.told.filter((told) => told.startsWith("press"))
      .map((told) => told.split(" ").at(-1)).join("");
    let tones = "";
    if (pressed === "" && caller.digits === "") tones = await keysHeard(caller);
    assert.equal(pressed + caller.digits + tones, "12#");
    assert.deepEqual(caller.violations, []);
  });
}

/** Finds the keys in what a caller hears, by the two strongest of the eight frequencies (Q.23). */
async function keysHeard(caller: Awaited<ReturnType<Account["ring"]>>): Promise<string> {
  const { sampleRate } = caller;
  const samples: number[] = [];
  for await (const frame of caller.heard) samples.push(...frame.samples);
  const block = sampleRate / 50;
  let keys = "";
  let last = "";
  for (let at = 0; at + block <= samples.length; at += block) {
    const piece = samples.slice(at, at + block);
    const power = (hertz: number) => {
      let [real, imaginary] = [0, 0];
      piece.forEach((sample, i) => {
        const angle = 2 * Math.PI * hertz * i / sampleRate;
        real += sample * Math.cos(angle);
        imaginary += sample * Math.sin(angle);
      });
      return (real * real + imaginary * imaginary) / block ** 2;
    };
    const strongest = (list: number[]) => {
      const powers = list.map(power);
      const most = Math.max(...powers);
      return most > 1e5 ? powers.indexOf(most) : -1;
    };
    const row = strongest([697, 770, 852, 941]);
    const column = strongest([1209, 1336, 1477, 1633]);
    const key = row < 0 || column < 0 ? "" : "123A456B789C*0#D"[row * 4 + column] ?? "";
    if (key !== last) keys += key;
    last = key;
  }
  return keys;
}

Deno.test("tones follow what the bot has said, and are a part of what is heard", async () => {
  await using account = await openAccount("twilio");
  const { runner, done } = controlling(account, async (args) => {
    await using transport = await createTransport(args);
    const writer = transport.writable.getWriter();
    await writer.write(made(new Int16Array(1600).fill(50)));
    await args.call.sendDigits("9D");
    return (await transport.drained()).heardMs;
  });
  await using caller = await account.ring(runner);

  assert.equal(await done, 600);
  await caller.ended;
  assert.equal(await keysHeard(caller), "9D");
  await runner.close();
});

Deno.test("exotel: a transfer is a typed 'cannot' that says what to do", async () => {
  await using account = await openAccount("exotel");
  const { runner, done } = controlling(account, ({ call }) => call.transfer(DESK));
  await using caller = await account.ring(runner);

  const error = await done;
  assert.equal(code(error), "carrier_cannot");
  assert.match(String(error), /leave\(\).*applet/);
  await caller.ended;
  await runner.close();
});

Deno.test("plivo: the document of a transfer dials the number, and belongs to nobody else", async () => {
  await using account = await openAccount("plivo");
  const { runner, done } = controlling(account, async ({ call }) => {
    await account.rang;
    await call.transfer("sip:desk@example.com", { from: OWN });
  });
  await using caller = await account.ring(runner);
  await done;
  const [url = ""] = /https:\S+/.exec(account.api.told[0] ?? "") ?? [];
  const { SIMULATED } = await import("../../src/testing/carriers/mod.ts");
  const parties = { ...SIMULATED.plivo.identify(), callId: caller.callId, from: THEIRS, to: OWN };
  const fetched = async (secret: string) =>
    await runner.fetch(
      await SIMULATED.plivo.webhook!.request({
        url: new URL(url),
        method: "POST",
        parties,
        params: { Event: "Redirect" },
        secret,
      }),
    );

  const stranger = await fetched("another-secret");
  const theirs = await fetched(account.secret);

  assert.equal(stranger.status, 403);
  assert.deepEqual(parseXml(await theirs.text()), {
    name: "Response",
    attributes: {},
    children: [{
      name: "Dial",
      attributes: { callerId: OWN },
      children: [{ name: "User", attributes: {}, children: ["sip:desk@example.com"] }],
    }],
  });
  await caller.ended;
  await runner.close();
});

Deno.test("what the bot has said is heard before the call is transferred", async () => {
  await using account = await openAccount("twilio");
  const { runner, done } = controlling(account, async (args) => {
    await using transport = await createTransport(args);
    const writer = transport.writable.getWriter();
    await writer.write(made(new Int16Array(2400).fill(1000)));
    await account.rang;
    await args.call.transfer(DESK);
  });
  await using caller = await account.ring(runner);

  assert.equal(await done, undefined);
  const { unheardMs } = await caller.ended;
  let heard = 0;
  for await (const { samples } of caller.heard) heard += samples.length;
  assert.deepEqual([unheardMs, heard], [0, 2400]);
  await runner.close();
});

Deno.test("what the bot has said is heard before it leaves, and nobody hangs up, even if it throws", async () => {
  await using account = await openAccount("twilio");
  const { runner, done } = controlling(account, async (args) => {
    args.call.leave();
    await using transport = await createTransport(args);
    const writer = transport.writable.getWriter();
    await writer.write(made(new Int16Array(2400).fill(1000)));
  });
  await using caller = await account.ring(runner);
  await done;
  let heard = 0;
  for await (const { samples } of caller.heard) heard += samples.length;
  const throwing = createRunner((args) => {
    assert.ok("call" in args);
    args.call.leave();
    throw new Error("the bot fails");
  }, account.options);
  await using other = await account.ring(throwing);
  await other.ended;

  assert.deepEqual([(await caller.ended).unheardMs, heard], [0, 2400]);
  await Promise.all([runner.close(), throwing.close()]);
  assert.deepEqual(account.api.told, []);
});

Deno.test("a call that nobody has proven to be the carrier's is not commanded", async () => {
  await using account = await openAccount("twilio");
  const environment = { ...account.options.environment, TWILIO_AUTH_TOKEN: "" };
  const key = { TWILIO_API_KEY: "SK1", TWILIO_API_SECRET: "s" };
  const { runner, done } = controlling(account, ({ call }) => call.transfer(DESK), {
    environment: { ...environment, ...key },
    insecureCarriers: true,
  });
  await using caller = await call(runner, { carrier: "twilio" });

  assert.equal(code(await done), "not_signed");
  await caller.ended;
  await runner.close();
  assert.deepEqual(account.api.told, []);
});

Deno.test("without the carrier's secrets, a transfer says which to set", async () => {
  const runner = createRunner(async (args) => {
    assert.ok("call" in args);
    await assert.rejects(args.call.transfer(DESK), {
      code: "no_credentials",
      message: /TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN/,
    });
    // Closing the stream ends the call: there is nothing that fails.
    await args.call.hangUp();
  }, { environment: { TWILIO_AUTH_TOKEN: "secret" } });
  await using caller = await call(runner, { carrier: "twilio", secret: "secret" });
  assert.equal((await caller.ended).by, "server");
  await runner.close();
});

Deno.test("a transfer keeps to the prefixes, where they are set", async () => {
  await using account = await openAccount("twilio");
  const { runner, done } = controlling(account, async ({ call }) => {
    await account.rang;
    const codes = [];
    for (const to of ["+4930123456", DESK]) {
      codes.push(code(await call.transfer(to).catch((error) => error)));
    }
    return codes;
  }, { dialPrefixes: ["+1555"] });
  await using caller = await account.ring(runner);

  assert.deepEqual(await done, ["number_not_allowed", undefined]);
  await caller.ended;
  await runner.close();
});

Deno.test("a call that is over cannot be commanded", async () => {
  await using account = await openAccount("telnyx");
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const { runner, done } = controlling(account, async ({ call }) => {
    await left;
    const results = await Promise.all([
      call.transfer(DESK).catch(code),
      call.sendDigits("1").catch(code),
      call.hangUp(),
    ]);
    return results;
  });
  const caller = await account.ring(runner);
  await caller.hangUp();
  resolve();

  assert.deepEqual(await done, ["call_over", "call_over", undefined]);
  await runner.close();
  assert.deepEqual(account.api.told, []);
});
