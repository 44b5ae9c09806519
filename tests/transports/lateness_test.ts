/**
 * How much of a bot's words is heard, against what the simulated carriers have played.
 */
import assert from "node:assert/strict";
import { createTicker } from "../../src/audio/ticker.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import type { Caller } from "../../src/testing/caller.ts";
import type { CallChaos } from "../../src/testing/chaos.ts";
import { createCaller } from "../../src/testing/caller.ts";
import { SIMULATED } from "../../src/testing/carriers/mod.ts";
import { type ManualClock, manualClock } from "../../src/testing/clock.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import type { Transport } from "../../src/transports/transport.ts";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { watchLateness } from "../../src/transports/lateness.ts";
import { phoneLine } from "../../src/ways/phone/line.ts";
import { telephonyTransport } from "../../src/ways/phone/transport.ts";

type Name = (typeof CARRIER_NAMES)[number];

/** A call whose two ends live in the same time. */
interface Both {
  readonly clock: ManualClock;
  readonly transport: Transport;
  readonly caller: Caller;
  /** What the caller has heard of the bot so far, in ms. */
  heardMs(): number;
}

async function callOn(name: Name, chaos: CallChaos = {}): Promise<Both> {
  const clock = manualClock();
  const simulated = SIMULATED[name];
  const parties = { ...simulated.identify(), from: "+15550100001", to: "+15550100002" };
  const order = simulated.directStream(new URL("wss://bot.test/ws"), parties, {});
  const line = simulated.line(order, parties);
  const carrier = CARRIERS[name];
  const start = carrier.readStart(JSON.parse(line.opening().at(-1) ?? ""), order.url.searchParams);
  assert.ok(start);
  const platform = memoryPlatform();
  let transport: Transport | undefined;
  const target = {
    fetch(request: Request) {
      const { socket, response } = platform.upgrade(request);
      transport = telephonyTransport(
        { id: "s1", line: phoneLine(socket, () => Promise.resolve()), carrier, start },
        {},
        { clock, ticker: createTicker(20, clock) },
      );
      return response;
    },
  };
  const caller = createCaller({
    line,
    socket: await platform.connect(target, order.url),
    parties,
    streamUrl: order.url.href,
    clock,
    chaos,
    silence: false,
    settled: () => platform.settled(),
  });
  assert.ok(transport);
  let heard = 0;
  const listen = async () => {
    for await (const { samples } of caller.heard) {
      heard += samples.filter((sample) => Math.abs(sample) > 1000).length;
    }
  };
  void listen();
  return { clock, transport, caller, heardMs: () => heard * 1000 / caller.sampleRate };
}

const tone = (ms: number): AudioFrame => ({
  type: "audio",
  samples: new Int16Array(ms * 16).fill(8000),
  sampleRate: 16_000,
  channels: 1,
});

/** The largest difference between what the bot is told and what the caller has heard, in ms. */
const NEAR_MS = 20;

function near(told: number, heard: number, what: string): void {
  assert.ok(Math.abs(told - heard) <= NEAR_MS, `${what}: ${told} ms are told, ${heard} are heard`);
}

/** When a recording has the bot's first sound, and its last. */
function spokenTimes(
  transport: Transport,
): () => { readonly first: number; readonly last: number } {
  const pieces: { at: number; readonly ms: number }[] = [];
  const nothing = () => {};
  transport.observe?.({
    heard: nothing,
    interrupted: nothing,
    message: nothing,
    key: nothing,
    mark: nothing,
    spoken: ({ samples, sampleRate, at }) =>
      void pieces.push({ at, ms: samples.length * 1000 / sampleRate }),
    delayed: (from, by) => pieces.filter(({ at }) => at >= from).forEach((piece) => piece.at += by),
    silenced: (at) =>
      void pieces.splice(0, pieces.length, ...pieces.filter((piece) => piece.at < at)),
  });
  return () => {
    const last = pieces.at(-1);
    assert.ok(pieces[0] && last);
    return { first: pieces[0].at, last: last.at + last.ms };
  };
}

const NETWORKS: readonly CallChaos[] = [{}, { latencyMs: 60, bufferMs: 200 }];

for (
  const [when, observed, delays] of [["before the first words", true, [30]], [
    "with them",
    false,
    [],
  ]] as const
) {
  Deno.test(`the way is measured ${when}: what is told of words that are late as a whole`, async () => {
    const clock = manualClock();
    let sent: string[] = [];
    const told: number[] = [];
    const lateness = watchLateness(clock, (name) => sent.push(name), (_, by) => told.push(by));
    const pass = async (ms: number) => {
      await clock.advance(ms);
      for (const name of sent) lateness.returned(name);
      sent = [];
    };

    if (observed) lateness.probe();
    await pass(10);
    const began = clock.now();
    lateness.before(began);
    for (const until of [100, 200, 300]) {
      lateness.after(began + until);
      await pass(began + until + 40 - clock.now());
    }

    assert.deepEqual(told, delays);
    lateness.clear();
  });
}

for (const name of CARRIER_NAMES) {
  Deno.test(`${name}: the round trip is the network's, and the first sound is no silence`, async () => {
    const { clock, transport } = await callOn(name, { latencyMs: 60 });

    const before = transport.stats();
    void transport.say({ ...tone(300), samples: new Int16Array(300 * 16) });
    void transport.say(tone(300));
    await clock.advance(2000);
    const { roundTripMs, firstAudioMs } = transport.stats();

    assert.deepEqual(Object.values(before), [undefined, undefined]);
    near(roundTripMs ?? 0, 120, "the round trip");
    near(firstAudioMs ?? 0, 300, "the first sound");
    transport.close();
    await clock.advance(500);
  });

  for (const chaos of NETWORKS) {
    const { latencyMs = 0, bufferMs = 0 } = chaos;
    const where = `${name}, ${latencyMs} ms away, with a buffer of ${bufferMs} ms`;
    Deno.test(`${where}: what is heard is told`, async () => {
      const { clock, transport, heardMs } = await callOn(name, chaos);

      const done = transport.say(tone(400));
      let heardThen: number | undefined;
      void done.done.then(() => heardThen = heardMs());
      await clock.advance(1200);
      assert.deepEqual(await done.done, { heardMs: 400, interrupted: false });
      assert.equal(Math.round(heardThen ?? 0), 400, "an utterance is done when it is heard");
      transport.interrupt();

      let before = heardMs();
      for (const interruptedAt of [800, 1300]) {
        const first = transport.say(tone(500));
        const second = transport.say(tone(1000));
        await clock.advance(interruptedAt);
        const { heardMs: told } = transport.interrupt();
        await clock.advance(500);
        near(told, heardMs() - before, `back to back, after ${interruptedAt} ms`);
        const [one, two] = await Promise.all([first.done, second.done]);
        assert.equal(one.heardMs + two.heardMs, told);
        before = heardMs();
      }

      void transport.say(tone(600));
      await clock.advance(2000);
      void transport.say(tone(1000));
      await clock.advance(700);
      const { heardMs: told } = transport.interrupt();
      await clock.advance(500);
      near(told, heardMs() - before, "with a stall");

      transport.close();
      await clock.advance(500);
    });

    Deno.test(`${where}: what is recorded is where it was heard`, async () => {
      const { clock, transport, heardMs } = await callOn(name, chaos);
      const times = spokenTimes(transport);

      void transport.say(tone(1000));
      let begins: number | undefined;
      let ends = 0;
      for (let ms = 0; ms < 2000; ms++) {
        const before = heardMs();
        await clock.advance(1);
        if (heardMs() > before) ends = clock.now();
        if (heardMs() > 0) begins ??= clock.now();
      }

      const { first, last } = times();
      // The caller is handed 20 ms of sound when they are over.
      assert.equal(Math.round(first), (begins ?? NaN) - 20 - latencyMs);
      assert.equal(Math.round(last), ends - latencyMs);
      transport.close();
      await clock.advance(500);
    });
  }
}
