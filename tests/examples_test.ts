/**
 * Every example, as it stands, with somebody at the other end.
 */
import assert from "node:assert/strict";
import { CARRIER_NAMES } from "../src/core/transport_names.ts";
import { parseWav } from "../src/audio/mod.ts";
import type { Socket } from "../src/core/duplex.ts";
import { createRunner, type Runner } from "../src/runner.ts";
import { decodeFrame, encodeAudio } from "../src/serializers/protobuf.ts";
import { call, type Caller, memoryPlatform } from "../src/testing/mod.ts";
import { bot as echo } from "../examples/01-echo.ts";
import { bot as telephony } from "../examples/02-telephony.ts";
import { bot as multiTransport } from "../examples/03-multi-transport.ts";
import { bot as transportFactory } from "../examples/04-transport-factory.ts";
import { bot as turns } from "../examples/05-turns.ts";
import { sine } from "./audio/signals.ts";
import { fakePeers } from "./support/fake_peers.ts";
import { hear, loudPart } from "./testing/telephone.ts";

const TONE = sine(500, 8000, 0.3);

for (const carrier of CARRIER_NAMES) {
  Deno.test("turns answers the clip of the examples within a second, and stops when it is interrupted", async () => {
    const hello = parseWav(await Deno.readFile(new URL("../examples/hello.wav", import.meta.url)));
    await using caller = await call(createRunner(turns), { carrier: "twilio", pace: "virtual" });

    const { responseMs } = await caller.say(hello);
    const answered = await responseMs ?? Infinity;
    const { stoppedMs } = await caller.interruptAfter(500, hello);

    assert.ok(answered < 1000, `${answered} ms`);
    assert.ok(await stoppedMs < 500, `${await stoppedMs} ms`);
  });

  for (const [name, bot] of Object.entries({ echo, multiTransport, transportFactory })) {
    Deno.test(`${name} says back what it hears from ${carrier}`, async () => {
      await using caller = await call(createRunner(bot), { carrier, pace: "fast" });

      await caller.say(sine(500, caller.sampleRate, 0.3));

      assert.ok(loudPart(await hear(caller, 280)).length > caller.sampleRate / 4);
    });
  }
}

for (const [name, bot] of Object.entries({ echo, multiTransport, transportFactory })) {
  Deno.test(`${name} says back what it hears from a plain WebSocket`, async () => {
    const platform = memoryPlatform();
    const runner = createRunner(bot);
    const client = await platform.connect(runner, "https://bot.test/ws-client");
    const samples = sine(500, 16_000, 0.2);

    client.send(encodeAudio({ samples, sampleRate: 16_000, channels: 1 }));

    assert.ok(await loudSamples(client) > 2000);
    client.close();
    await platform.settled();
  });

  Deno.test(`${name} says back what it hears from a browser`, async () => {
    const webrtc = fakePeers();
    const runner = createRunner(bot, { webrtc });
    await offer(runner);
    const [peer] = webrtc.peers;
    const frame = { type: "audio", samples: TONE, sampleRate: 16_000, channels: 1 } as const;

    peer?.arrive(frame);
    peer?.close();
    await Promise.all([...runner.sessions].map(({ done }) => done));

    assert.deepEqual(peer?.written, [frame]);
  });
}

async function offer(runner: Runner): Promise<void> {
  const body = JSON.stringify({ sdp: "v=0", type: "offer" });
  await runner.fetch(new Request("https://bot.test/api/offer", { method: "POST", body }));
}

async function loudSamples(client: Socket): Promise<number> {
  for await (const message of client.readable.values({ preventCancel: true })) {
    assert.ok(message instanceof Uint8Array);
    const frame = decodeFrame(message);
    if (frame.type === "audio") return loudPart(frame.samples).length;
  }
  return 0;
}

/** The digits that are beeped: a pitch for each, from 400 Hz in steps of 80 Hz. */
async function beeped(caller: Caller, count: number): Promise<string> {
  const samples = await hear(caller, count * 200);
  return Array.from({ length: count }, (_, i) => {
    const beep = samples.subarray(i * 1600, i * 1600 + 1200);
    if (loudPart(beep).length === 0) return " ";
    let crossings = 0;
    for (let j = 1; j < beep.length; j++) if (beep[j - 1]! < 0 && beep[j]! >= 0) crossings++;
    return String(Math.round((crossings / 0.15 - 398) / 80));
  }).join("");
}

Deno.test("the telephone menu greets with the number, obeys the keys, and hangs up", async () => {
  await using caller = await call(createRunner(telephony), {
    carrier: "twilio",
    from: "+15550100",
    to: "+15550199",
  });

  const greeting = await beeped(caller, 9);
  caller.press("2");
  const called = await beeped(caller, 9);
  caller.press("7");
  const unknown = await beeped(caller, 1);
  caller.press("0");

  assert.equal(greeting, " 15550100");
  assert.equal(called, " 15550199");
  assert.equal(unknown, "9");
  assert.equal((await caller.ended).by, "server");
});

Deno.test("a key cuts short what the telephone menu says", async () => {
  await using caller = await call(createRunner(telephony), { carrier: "plivo" });
  await hear(caller, 300); // of the number's 2200

  caller.press("7");
  await hear(caller, 200);
  caller.press("0");
  const rest = await hear(caller, Infinity);

  assert.ok(rest.length < 8 * 300, `${rest.length / 8} ms`);
});

Deno.test("no example has thirty lines", async () => {
  for await (const { name } of Deno.readDir("examples")) {
    if (!name.endsWith(".ts")) continue;
    const text = await Deno.readTextFile(`examples/${name}`);
    assert.ok(text.split("\n").length <= 30, name);
  }
});

Deno.test("a Daily room is named, not joined", async () => {
  const lines: unknown[][] = [];
  const { log } = console;
  console.log = (...line) => lines.push(line);
  const args = { sessionId: "s1", body: {}, signal: new AbortController().signal };
  const roomUrl = "https://example.daily.co/room";
  try {
    await multiTransport({ ...args, transport: "daily", roomUrl, token: "t" });
  } finally {
    console.log = log;
  }

  assert.equal(lines[0]?.at(-1), roomUrl);
});
