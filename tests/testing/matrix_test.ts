/**
 * Every carrier, through everything that happens on the phone, against the real runner.
 */
import assert from "node:assert/strict";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import { SIMULATED } from "../../src/testing/carriers/mod.ts";
import { call, manualClock } from "../../src/testing/mod.ts";
import { signalToNoise, sine } from "../audio/signals.ts";
import { answering, echo, hear, listen, loudPart, made, until } from "./telephone.ts";

const FROM = "+15551234567";
const TO = "+15557654321";
/** G.711 leaves about 36 dB. */
const CLEAR_DB = 33;

const PARTIES = { from: FROM, to: TO, callId: "c1", streamId: "s1", accountId: "a1" };

for (const carrier of CARRIER_NAMES) {
  const simulated = SIMULATED[carrier];
  const { sampleRate } = simulated.directStream(new URL("wss://bot.test/ws"), PARTIES, {});
  /** Begins and ends with a loud sample. */
  const TONE = sine(500, sampleRate, 0.4);
  TONE[0] = TONE[TONE.length - 1] = 20_000;

  Deno.test(`${carrier}: a normal call`, async () => {
    const { runner, answered } = answering(echo);
    await using caller = await call(runner, { carrier, from: FROM, to: TO, pace: "fast" });

    await caller.say(TONE);
    const heard = await hear(caller, 400);
    const { args } = await answered;
    await caller.hangUp();

    assert.equal(args.transport, carrier);
    assert.equal(args.callData.callId, caller.callId);
    assert.equal(args.callData.streamId, caller.streamId);
    assert.equal(args.callData.from?.replace("+", ""), FROM.replace("+", ""));
    assert.equal(args.callData.to?.replace("+", ""), TO.replace("+", ""));
    assert.ok(signalToNoise(TONE, heard) > CLEAR_DB);
    assert.equal((await caller.ended).by, "caller");
    assert.ok(args.signal.aborted);
  });

  Deno.test(`${carrier}: a bot that hangs up by itself is told so`, async () => {
    const { runner, answered } = answering(({ transport }) => {
      transport.close();
      return transport.closed.then(() => {});
    });
    await using caller = await call(runner, { carrier, pace: "fast" });
    const { args: { signal } } = await answered;
    await caller.ended;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));

    assert.equal(signal.reason.message, "The bot closed the connection");
  });

  Deno.test(`${carrier}: a start that is late`, async () => {
    const { runner } = answering(echo);
    await using caller = await call(runner, { carrier, chaos: { startDelayMs: 300 } });

    void caller.say(TONE);

    assert.ok(signalToNoise(TONE, loudPart(await hear(caller, 800))) > CLEAR_DB);
  });

  Deno.test(`${carrier}: messages one by one, with time in between`, async () => {
    const { runner, answered } = answering(echo);
    const clock = manualClock();
    await using caller = await call(runner, { carrier, clock, chaos: { startDelayMs: 1000 } });
    const said = caller.say(TONE);
    await clock.advance(999);
    assert.equal(runner.sessions.size, 0);
    await clock.advance(1);
    await answered;
    await clock.advance(400);
    await said;
    await new Promise((resolve) => setTimeout(resolve, 300)); // the runner sends the rest in its own time
    await clock.advance(1000);

    assert.ok(signalToNoise(TONE, await hear(caller, 400)) > CLEAR_DB);
  });

  Deno.test(`${carrier}: garbage and unknown events in between`, async () => {
    const { runner } = answering(echo);
    await using caller = await call(runner, { carrier, pace: "fast", chaos: { garbage: 3 } });

    await caller.say(TONE);
    await caller.say(TONE);

    const heard = await hear(caller, 800);
    assert.ok(signalToNoise(TONE, heard.subarray(0, TONE.length)) > CLEAR_DB);
    assert.ok(signalToNoise(TONE, heard.subarray(TONE.length)) > CLEAR_DB);
  });

  Deno.test(`${carrier}: media out of order`, async () => {
    const { runner } = answering(echo);
    await using caller = await call(runner, { carrier, chaos: { shuffle: 3 } });

    void caller.say(TONE);
    const heard = loudPart(await hear(caller, 900));

    // Only Telnyx says that this may happen, and numbers its messages for it.
    if (carrier === "telnyx") assert.ok(signalToNoise(TONE, heard) > CLEAR_DB);
    else assert.ok(heard.length > 0);
  });

  if (simulated.namesTracks) {
    Deno.test(`${carrier}: both tracks, of which the bot hears the caller's`, async () => {
      const { runner } = answering(async ({ transport }) => {
        let heard = 0;
        for await (const frame of transport.readable) {
          if (frame.type === "audio") heard += loudPart(frame.samples).length;
          if (frame.type !== "dtmf") continue;
          if (frame.digit === "#") break;
          const writer = transport.writable.getWriter();
          await writer.write(made(TONE, sampleRate));
          writer.releaseLock();
        }
        assert.equal(heard, 0);
      });
      await using caller = await call(runner, {
        carrier,
        pace: "fast",
        chaos: { bothTracks: true },
      });

      caller.press("1");
      assert.ok(signalToNoise(TONE, await hear(caller, 400)) > CLEAR_DB);
      caller.press("#");

      assert.equal((await caller.ended).by, "server");
    });
  }

  if (simulated.webhook) {
    Deno.test(`${carrier}: a stream that comes again with a token that is used up`, async () => {
      const { runner } = answering(listen);
      const first = await call(runner, { carrier, pace: "fast" });
      await first.hangUp();
      const again = { carrier, streamUrl: first.streamUrl, pace: "fast" } as const;

      // Exotel connects once more by itself when a stream breaks off, and nobody else does.
      const second = carrier === "exotel" ? await call(runner, again) : undefined;
      await assert.rejects(call(runner, again), { code: "stream_refused", status: 403 });

      await second?.[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
    });
  }

  Deno.test(`${carrier}: a caller who hangs up while the bot speaks`, async () => {
    const { runner, answered } = answering(async ({ transport }) => {
      const writer = transport.writable.getWriter();
      await writer.write(made(new Int16Array(80_000).fill(1000)));
      await transport.drained();
    });
    await using caller = await call(runner, { carrier });
    await hear(caller, 200);
    const { args } = await answered;

    const began = performance.now();
    await caller.hangUp();
    const [session] = runner.sessions;
    await session?.done;

    assert.ok(args.signal.aborted);
    assert.ok(performance.now() - began < 1000);
    assert.equal(runner.sessions.size, 0);
  });

  Deno.test(`${carrier}: a bot that hangs up, and whose last words are heard`, async () => {
    const { runner } = answering(async ({ transport }) => {
      await transport.writable.getWriter().write(made(TONE, sampleRate));
    });
    await using caller = await call(runner, { carrier });

    const heard = await hear(caller, Infinity);

    assert.ok(signalToNoise(TONE, loudPart(heard)) > CLEAR_DB);
    assert.deepEqual(await caller.ended, { by: "server", unheardMs: 0 });
  });

  Deno.test(`${carrier}: a caller who interrupts, with marks pending`, async () => {
    const silenced = Promise.withResolvers<number>();
    const { runner } = answering(async ({ transport }) => {
      const writer = transport.writable.getWriter();
      void writer.write(made(new Int16Array(40_000).fill(1000)));
      const drained = transport.drained();
      for await (const frame of transport.readable) {
        if (frame.type === "dtmf") break;
      }
      const began = performance.now();
      transport.interrupt();
      await drained;
      silenced.resolve(performance.now() - began);
      await writer.write(made(TONE, sampleRate));
    });
    const clock = manualClock(); // nothing is played until it moves
    await using caller = await call(runner, { carrier, clock });
    await until(() => caller.queuedMs >= 300);

    caller.press("1");
    const waited = await silenced.promise;
    await until(() => caller.queuedMs >= 400);
    await clock.advance(2000);
    const heard = await hear(caller, 400);

    assert.ok(waited < 100, `${waited} ms`);
    assert.ok(signalToNoise(TONE, heard) > CLEAR_DB, "nothing but the new words is heard");
  });

  Deno.test(`${carrier}: every key`, async () => {
    const keys = "0123456789*#ABCD";
    const pressed = Promise.withResolvers<string>();
    const { runner } = answering(async ({ transport }) => {
      let digits = "";
      for await (const frame of transport.readable) {
        if (frame.type === "dtmf") digits += frame.digit;
        if (digits.length === keys.length) break;
      }
      pressed.resolve(digits);
    });
    await using caller = await call(runner, { carrier, pace: "fast" });

    caller.press(keys);

    assert.equal(await pressed.promise, keys);
  });
}
