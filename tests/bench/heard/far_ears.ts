/**
 * The other side of a bot, by each transport: what it hears, and what it says.
 */
import { chromium } from "playwright-core";
import type { AudioFrame } from "../../../src/core/frame.ts";
import { CARRIER_NAMES, type TelephonyTransportName } from "../../../src/core/transport_names.ts";
import { createRunner } from "../../../src/runner.ts";
import { decodeFrame, encodeAudio } from "../../../src/serializers/protobuf.ts";
import { call } from "../../../src/testing/call.ts";
import { memoryPlatform } from "../../../src/testing/memory_platform.ts";
import { createTransport } from "../../../src/transports/create.ts";
import { webrtcTransport } from "../../../src/transports/peer_transport.ts";
import type { Transport } from "../../../src/transports/transport.ts";
import { livekitTransport } from "../../../src/ways/livekit/transport.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { call as peerCall, encoded } from "../../webrtc/call.ts";
import { playingLiveKit } from "./playing_livekit.ts";
import { thinned } from "./chirp.ts";

/** Somebody who listens, from when the bot has its transport. */
export interface FarEar extends AsyncDisposable {
  readonly transport: Transport;
  /** What was heard so far, at {@link EAR_RATE}. */
  heard(): Promise<Int16Array>;
  /** When sound was heard last, in ms of `performance.now()`. */
  lastHeard(): Promise<number>;
  /** Says something loud, until it is told to stop; returns when its first sound was made. */
  shout(): { readonly at: number; stop(): void };
}

/** One way to hear a bot. */
export interface Way {
  readonly name: string;
  /** How far `heardMs` may be off, in ms (p95). */
  readonly targetMs: number;
  listen(): Promise<FarEar>;
}

const NOISE = Int16Array.from({ length: 48_000 }, (_, i) => 9000 * Math.sin(i * i / 977));
const noise = (at: number, ms: number, rate: number) => {
  const length = ms * rate / 1000;
  const from = Math.round(at * rate / 1000) % (NOISE.length - length);
  return NOISE.subarray(from, from + length);
};
const LOUD = 1500;
const isLoud = (sample: number) => Math.abs(sample) > LOUD;

/** Repeats something until it is stopped, at a steady pace. */
function every(ms: number, act: (elapsedMs: number) => void): () => void {
  const began = performance.now();
  let next = 0;
  let timer: ReturnType<typeof setTimeout>;
  const step = () => {
    act(next);
    next += ms;
    timer = setTimeout(step, began + next - performance.now());
  };
  step();
  return () => clearTimeout(timer);
}

/** A bot that hands out its transport, and stays until the call is let go. */
function handedOut() {
  const { promise: transport, resolve } = Promise.withResolvers<Transport>();
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const runner = createRunner(async (args) => {
    const made = await createTransport(args);
    resolve(made);
    await Promise.race([over, made.closed]);
    made.close();
  });
  return { runner, transport, end };
}

function phone(carrier: TelephonyTransportName): Way {
  return {
    name: carrier,
    targetMs: carrier === "twilio" ? 20 : 60,
    async listen() {
      const { runner, transport, end } = handedOut();
      let began = Infinity;
      const caller = await call(runner, { carrier });
      const samples: number[] = [];
      let last = 0;
      const listen = async () => {
        for await (const { samples: piece, timestamp = 0 } of caller.heard) {
          samples.push(...piece);
          // A piece is handed over when it has been played, or later.
          const playedAt = timestamp + piece.length * 1000 / caller.sampleRate;
          began = Math.min(began, performance.now() - playedAt);
          const loud = piece.findLastIndex(isLoud);
          if (loud >= 0) last = timestamp + (loud + 1) * 1000 / caller.sampleRate;
        }
      };
      void listen();
      return {
        transport: await transport,
        heard: () => Promise.resolve(thinned(samples, caller.sampleRate)),
        lastHeard: () => Promise.resolve(began + last),
        shout() {
          const at = performance.now();
          void caller.say(noise(0, 900, caller.sampleRate));
          return { at, stop() {} };
        },
        async [Symbol.asyncDispose]() {
          end();
          await caller[Symbol.asyncDispose]();
        },
      };
    },
  };
}

const RATE = 24_000;

const websocket: Way = {
  name: "websocket",
  targetMs: 60,
  async listen() {
    const { runner, transport, end } = handedOut();
    const platform = memoryPlatform();
    const socket = await platform.connect(runner, "https://bot.test/ws-client");
    const samples: number[] = [];
    let end_ = 0;
    socket.receive((message) => {
      const frame = typeof message === "string" ? undefined : decodeFrame(message);
      if (frame?.type !== "audio") return;
      samples.push(...frame.samples);
      // As the browser's client does: what comes is played behind what plays.
      end_ = Math.max(end_, performance.now()) + frame.samples.length * 1000 / RATE;
    });
    return {
      transport: await transport,
      heard: () => Promise.resolve(thinned(samples, RATE)),
      lastHeard: () => Promise.resolve(end_),
      shout() {
        const at = performance.now();
        const say = (elapsedMs: number) =>
          socket.send(
            encodeAudio({ samples: noise(elapsedMs, 20, 16_000), sampleRate: 16_000, channels: 1 }),
          );
        return { at, stop: every(20, say) };
      },
      async [Symbol.asyncDispose]() {
        end();
        socket.close();
        await runner.close();
      },
    };
  },
};

const webrtc: Way = {
  name: "webrtc (werift)",
  targetMs: 60,
  async listen() {
    const { peer, client, [Symbol.asyncDispose]: hangUp } = await peerCall();
    const transport = webrtcTransport(peer);
    let last = 0;
    client.pc.dtlsTransports[0]?.onRtp.subscribe(({ payload }) => {
      if (payload.length > 20) last = performance.now() + 20; // silence is shorter
    });
    const words = encoded(NOISE);
    return {
      transport,
      heard: () => Promise.resolve(thinned(client.heard(), 48_000)),
      lastHeard: () => Promise.resolve(last),
      shout() {
        const at = performance.now();
        return { at, stop: every(20, (ms) => client.send(words[ms / 20 % words.length]!)) };
      },
      [Symbol.asyncDispose]: hangUp,
    };
  },
};

const livekit: Way = {
  name: "livekit (simulated)",
  targetMs: 60,
  async listen() {
    const room = playingLiveKit();
    const controller = new AbortController();
    const joining = livekitTransport({
      transport: "livekit",
      sessionId: crypto.randomUUID(),
      body: {},
      signal: controller.signal,
      url: "wss://room.test",
      roomName: "room",
      token: "token",
    }, { load: () => Promise.resolve(room.rtc), end() {} });
    await new Promise((resolve) => setTimeout(resolve, 10));
    const user = room.enter("User");
    const transport = await joining;
    const speak = room.speak(user);
    return {
      transport,
      heard: () => Promise.resolve(thinned(room.heard(), 48_000)),
      lastHeard: () => Promise.resolve(room.lastHeard()),
      shout() {
        const at = performance.now();
        return { at, stop: every(20, (ms) => speak(noise(ms, 20, 16_000))) };
      },
      [Symbol.asyncDispose]() {
        controller.abort();
        return Promise.resolve();
      },
    };
  },
};

/** What the page does: it calls, records what it hears, and shouts. */
const PAGE = `
  const context = new AudioContext({ sampleRate: 48000 });
  const gain = context.createGain();
  gain.gain.value = 0;
  const voice = context.createOscillator();
  voice.frequency.value = 700;
  const microphone = context.createMediaStreamDestination();
  voice.connect(gain).connect(microphone);
  voice.start();
  const heard = [];
  const thinned = () => heard.filter((_, i) => i % 6 === 0);
  let lastHeard = 0;
  async function call() {
    const pc = new RTCPeerConnection();
    pc.addTransceiver(microphone.stream.getAudioTracks()[0], { direction: "sendrecv" });
    pc.createDataChannel("chat");
    pc.ontrack = ({ track }) => {
      const stream = new MediaStream([track]);
      const player = new Audio();
      player.srcObject = stream;
      player.muted = true;
      player.play();
      const recorder = context.createScriptProcessor(256, 1, 1);
      recorder.onaudioprocess = ({ inputBuffer }) => {
        const samples = inputBuffer.getChannelData(0);
        let loud = false;
        for (const sample of samples) {
          heard.push(Math.round(sample * 32767));
          if (Math.abs(sample) > 0.05) loud = true;
        }
        if (loud) lastHeard = performance.timeOrigin + performance.now();
      };
      context.createMediaStreamSource(stream).connect(recorder);
      recorder.connect(context.destination);
    };
    await pc.setLocalDescription(await pc.createOffer());
    while (pc.iceGatheringState !== "complete") await new Promise((r) => setTimeout(r, 2));
    const response = await fetch("/offer", { method: "POST", body: pc.localDescription.sdp });
    await pc.setRemoteDescription({ type: "answer", sdp: await response.text() });
    while (pc.connectionState !== "connected") await new Promise((r) => setTimeout(r, 2));
    window.pc = pc;
  }
`;

/** A Chromium that all calls of the bench share. */
const browser = Promise.withResolvers<Awaited<ReturnType<typeof chromium.launch>>>();
let launched = false;

/** Closes the browser, if one was opened. */
export async function closeBrowser(): Promise<void> {
  if (launched) await (await browser.promise).close();
}

const page: Way = {
  name: "webrtc (Chromium)",
  targetMs: 60,
  async listen() {
    if (!launched) {
      launched = true;
      browser.resolve(chromium.launch({
        executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
        args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
      }));
    }
    const peers = weriftPeers();
    const made = Promise.withResolvers<Transport>();
    const server = Deno.serve({ port: 0, onListen() {} }, async (request) => {
      if (request.method === "GET") {
        const html = `<script>${PAGE}</script>`;
        return new Response(html, { headers: { "content-type": "text/html" } });
      }
      const { peer, sdp } = await peers.answer("pc_1", await request.text());
      made.resolve(webrtcTransport(peer));
      return new Response(sdp);
    });
    const opened = await (await browser.promise).newPage();
    await opened.goto(`http://127.0.0.1:${server.addr.port}/`);
    await opened.evaluate("call()");
    const transport = await made.promise;
    await transport.connected;
    return {
      transport,
      heard: async () => Int16Array.from(await opened.evaluate<number[]>("thinned()")),
      lastHeard: async () => await opened.evaluate<number>("lastHeard") - performance.timeOrigin,
      shout() {
        const at = performance.now();
        void opened.evaluate("gain.gain.value = 0.5");
        return { at, stop: () => void opened.evaluate("gain.gain.value = 0") };
      },
      async [Symbol.asyncDispose]() {
        transport.close();
        await opened.close();
        await server.shutdown();
      },
    };
  },
};

/** All ways. */
export const WAYS: readonly Way[] = [
  ...CARRIER_NAMES.map(phone),
  websocket,
  webrtc,
  page,
  livekit,
];

/** A frame of samples at a rate. */
export const frameOf = (samples: Int16Array, sampleRate: number): AudioFrame => ({
  type: "audio",
  samples,
  sampleRate,
  channels: 1,
});
