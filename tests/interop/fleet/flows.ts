/**
 * The ten ways to reach a bot through a balancer, each to where its session runs and talks.
 *
 * @module
 */
import { loadOpus } from "../../../src/audio/opus.ts";
import { CARRIER_NAMES } from "../../../src/core/transport_names.ts";
import { call, callWebSocket } from "../../../src/testing/mod.ts";
import { sine } from "../../audio/signals.ts";
import { type Client, createClient } from "../../webrtc/client.ts";
import { post } from "../../webrtc/trickle.ts";
import type { Place } from "./cluster.ts";

/** How often each session's own route is asked for: once for each process that may be asked. */
const ROUTE_ASKS = 3;
const HEARD_MS = 10_000;

/** A way to reach a bot; it throws where something was lost. */
export interface Flow {
  readonly name: string;
  run(place: Place): Promise<void>;
}

const opus = await loadOpus();
const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
const packet = encoder.encode(sine(500, 48_000, 0.02));

/** All of them. */
export const FLOWS: readonly Flow[] = [
  {
    name: "WebSocket after /start",
    async run({ url }) {
      const { wsUrl } = await json(post(`${url}/start`, "POST", { transport: "websocket" }));
      await using caller = await callWebSocket(url, { path: wsUrl });
      const heard = caller.untilSpeech();
      await caller.say(sine(500, caller.sampleRate, 0.3));
      await heard;
      await askRoutes(url, new URL(wsUrl).pathname.split("/").at(-1) ?? "");
    },
  },
  ...CARRIER_NAMES.map((carrier): Flow => ({
    name: `a call of ${carrier}`,
    async run({ url, sessionOf }) {
      await using caller = await call(url, { carrier });
      const heard = caller.untilSpeech();
      await caller.say(sine(500, caller.sampleRate, 0.3));
      await heard;
      await askRoutes(url, await sessionOf(caller.callId));
    },
  })),
  {
    name: "WebRTC, the offer whole",
    async run({ url }) {
      const { sessionId } = await json(post(`${url}/start`, "POST", { body: {} }));
      const client = await createClient();
      try {
        const offered = `${url}/sessions/${sessionId}/api/offer`;
        const offer = { sdp: await client.offer(), type: "offer" };
        await client.accept((await json(post(offered, "POST", offer))).sdp);
        await hears(client);
        await askRoutes(url, sessionId);
      } finally {
        await client.close();
      }
    },
  },
  {
    name: "WebRTC, trickled",
    async run({ url }) {
      const { sessionId } = await json(post(`${url}/start`, "POST", { body: {} }));
      await trickle(`${url}/sessions/${sessionId}/api/offer`, () => askRoutes(url, sessionId));
    },
  },
  {
    name: "bare /api/offer, trickled",
    run: ({ url }) => trickle(`${url}/api/offer`),
  },
];

/** Offers without candidates, sends them one by one, and talks. */
async function trickle(url: string, talking = () => Promise.resolve()): Promise<void> {
  const client = await createClient();
  try {
    const offer = await client.offer();
    const candidates = [...offer.matchAll(/^a=(candidate:.*)\r\n/gm)].map(([, text]) => text ?? "");
    const sdp = offer.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, "");
    const answer = await json(post(url, "POST", { sdp, type: "offer" }));
    client.connected().catch(() => {}); // whoever waits for it hears of it
    await client.accept(answer.sdp);
    await Promise.all([...candidates, ""].map(async (candidate) => {
      const line = { candidate, sdp_mid: "0", sdp_mline_index: 0 };
      await json(post(url, "PATCH", { pc_id: answer.pc_id, candidates: [line] }));
    }));
    await hears(client);
    await talking();
  } finally {
    await client.close();
  }
}

/** Talks until something comes back. */
async function hears(client: Client): Promise<void> {
  await client.connected();
  const until = performance.now() + HEARD_MS;
  while (client.packets.length < 5) {
    if (performance.now() > until) throw new Error("Nothing was heard");
    client.send(packet);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Asks for a session's own route as often as there are processes. */
async function askRoutes(url: string, id: string): Promise<void> {
  for (let i = 0; i < ROUTE_ASKS; i++) {
    const said = await json(fetch(`${url}/sessions/${id}/where`));
    if (said.id === id && said.running) continue;
    throw new Error(`The route of a session says ${JSON.stringify(said)}`);
  }
}

async function json(answer: Promise<Response>) {
  const response = await answer;
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(`${response.status} of ${new URL(response.url).pathname}: ${text.slice(0, 200)}`);
}
