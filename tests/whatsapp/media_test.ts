/**
 * WhatsApp calls with media: a second werift peer, ICE-lite as Meta's servers are, is the caller.
 */
import assert from "node:assert/strict";
import { telephoneEvents } from "../../src/audio/dtmf.ts";
import type { Bot } from "../../src/core/bot.ts";
import type { Frame } from "../../src/core/frame.ts";
import { createRunner, type Runner } from "../../src/runner.ts";
import { createTransport } from "../../src/transports/create.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { speechLike } from "../audio/signals.ts";
import { type GraphServer, graphServer } from "../support/graph_server.ts";
import { encoded, likeness, speak, until } from "../webrtc/call.ts";
import { type Client, createClient, delay } from "../webrtc/client.ts";
import { CALLER, notification, notify, ringing, terminated, value } from "./meta.ts";

const KEYS = 126;

interface PhoneCall extends AsyncDisposable {
  readonly graph: GraphServer;
  readonly runner: Runner;
  readonly caller: Client;
  /** Resolves when the call is over for the runner. */
  readonly over: Promise<unknown>;
  /** Packets that had reached the caller, once connected, before accept was confirmed. */
  readonly early: readonly number[];
}

/** Calls a bot, connects while it rings, and is let wait for the end of that. */
async function phone(bot: Bot, holdMs = 0): Promise<PhoneCall> {
  const graph = graphServer();
  const runner = createRunner(bot, {
    webrtc: weriftPeers(),
    whatsapp: true,
    environment: graph.environment,
  });
  const caller = await createClient({ data: false, likeWhatsApp: true });
  const early: number[] = [];
  let reports = 0;
  caller.pc.dtlsTransports[0]?.onRtcp.subscribe(() => void reports++);
  graph.intercept = async ({ action, session }) => {
    if (action === "pre_accept") await caller.accept((session as { sdp: string }).sdp); // or the test fails
    if (action !== "accept") return;
    await caller.connected();
    await delay(holdMs);
    early.push(caller.packets.length, reports);
  };
  graph.ring({ id: "wacid.1", from: CALLER });
  const offer = likeMeta(await caller.offer());
  const { over } = await notify(runner, notification(value([ringing("wacid.1", offer)])));
  return {
    graph,
    runner,
    caller,
    over,
    early,
    async [Symbol.asyncDispose]() {
      await caller.close();
      await runner.close();
      await graph[Symbol.asyncDispose]();
    },
  };
}

/** Writes an offer of werift's the way that Meta's servers write theirs. */
function likeMeta(offer: string): string {
  const lines = offer.split("\r\n").filter((line) => line !== "a=ice-lite");
  const media = lines.findIndex((line) => line.startsWith("m=audio"));
  lines.splice(media, 0, "a=ice-lite");
  const parameters = lines.findIndex((line) => line.startsWith("a=fmtp:111"));
  lines.splice(
    parameters,
    1,
    "a=rtcp-fb:111 transport-cc",
    "a=fmtp:111 maxaveragebitrate=20000;maxplaybackrate=16000;minptime=20;" +
      "sprop-maxcapturerate=16000;useinbandfec=1",
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "a=maxptime:20",
    "a=ptime:20",
  );
  return lines.join("\r\n");
}

const echo: Bot = async (args) => {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
};

Deno.test("a call is heard both ways, and nothing before accept", async () => {
  await using c = await phone(echo, 1200); // a first report would be sent after 1000 ms
  const speech = speechLike(48_000, 1.5);
  await until(() => c.graph.actions.includes("accept"));

  await speak(c.caller, encoded(speech));
  await delay(300);

  assert.deepEqual(c.early, [0, 0]);
  const alike = likeness(speech.subarray(9600, 62_400), c.caller.heard());
  assert.ok(alike > 0.85, `${alike}`);
});

Deno.test("keys are heard, and pressed, by RFC 4733 at 8000 Hz", async () => {
  const pressed: string[] = [];
  await using c = await phone(async (args) => {
    await using transport = await createTransport(args);
    const writer = transport.writable.getWriter();
    for await (const frame of transport.readable) {
      if (frame.type !== "dtmf") continue;
      pressed.push(frame.digit);
      await writer.write(frame);
    }
  });
  await until(() => c.graph.actions.includes("accept"));
  await speak(c.caller, encoded(speechLike(48_000, 0.2)));

  for (const digit of "7#") {
    for (const payload of telephoneEvents(digit, { clockRate: 8000 })) {
      c.caller.send(payload, { payloadType: KEYS, hold: true });
      await delay(20);
    }
    await speak(c.caller, encoded(speechLike(48_000, 0.2)));
  }
  await until(() => pressed.length === 2);
  await delay(500);

  assert.deepEqual(pressed, ["7", "#"]);
  const echoed = c.caller.packets.filter(({ header }) => header.payloadType === KEYS);
  assert.deepEqual([...new Set(echoed.map(({ payload }) => payload[0]))], [7, 11]);
});

Deno.test("a bot's last words are heard before the call is terminated", async () => {
  const speech = speechLike(48_000, 1);
  await using c = await phone(async (args) => {
    await using transport = await createTransport(args);
    await transport.connected;
    const writer = transport.writable.getWriter();
    await writer.write({ type: "audio", samples: speech, sampleRate: 48_000, channels: 1 });
  });

  await c.over;

  assert.deepEqual(c.graph.actions, ["pre_accept", "accept", "terminate"]);
  const alike = likeness(speech.subarray(9600, 46_000), c.caller.heard());
  assert.ok(alike > 0.85, `${alike}`);
});

Deno.test("a bot hears the end of a call that the caller ends, and RTVI is no burden", async () => {
  const frames: Frame[] = [];
  let aborted = false;
  await using c = await phone(async (args) => {
    await using transport = await createTransport(args);
    for (let i = 0; i < 1000; i++) transport.rtvi.send("server-message", { i });
    for await (const frame of transport.readable) frames.push(frame);
    aborted = args.signal.aborted;
  });
  await until(() => c.graph.actions.includes("accept"));
  await speak(c.caller, encoded(speechLike(48_000, 0.3)));

  await notify(c.runner, notification(value([terminated("wacid.1")])));
  await c.over;

  assert.ok(aborted);
  assert.ok(frames.length > 5);
  assert.deepEqual(c.graph.actions, ["pre_accept", "accept"]);
});
