/**
 * Somebody who talks to a bot in Chromium, with Pipecat's client.
 *
 * @module
 */
import type { Bot } from "../../src/core/bot.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { speechLike } from "../audio/signals.ts";
import { createEar } from "../brains/ear.ts";
import { memoryRecording } from "../brains/memory_recording.ts";
import type { Talker } from "../brains/talker.ts";
import { bundle } from "./bundle.ts";
import { launchChromium } from "./chromium.ts";
import { listen } from "./server.ts";

/** Samples per second of what is said and heard, in Hz. */
const RATE = 48_000;

/** A microphone that is silent until `talk` gives it samples, and a tape of all that is played. */
const PAGE = `
  const context = new AudioContext({ sampleRate: ${RATE} });
  const microphone = context.createMediaStreamDestination();
  navigator.mediaDevices.getUserMedia = () => Promise.resolve(microphone.stream.clone());
  globalThis.talk = (samples) => new Promise((resolve) => {
    const buffer = context.createBuffer(1, samples.length, ${RATE});
    buffer.copyToChannel(Float32Array.from(samples, (sample) => sample / 32768), 0);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(microphone);
    source.onended = resolve;
    source.start();
  });
  globalThis.listen = async () => {
    const [track] = document.querySelector("audio").captureStream().getAudioTracks();
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (let waiting = [];;) {
      const { value, done } = await reader.read();
      if (done) break;
      const part = new Float32Array(value.numberOfFrames);
      value.copyTo(part, { planeIndex: 0, format: "f32-planar" });
      for (const sample of part) waiting.push(Math.round(sample * 32767));
      const { sampleRate } = value;
      value.close();
      if (waiting.length < sampleRate / 20) continue;
      heard(waiting, sampleRate);
      waiting = [];
    }
  };
`;

/** Calls a bot from Chromium over WebRTC; resolves when both can hear each other. */
export async function browser(bot: Bot): Promise<Talker> {
  await using stack = new AsyncDisposableStack();
  const { feature, recorded } = memoryRecording();
  const server = stack.use(listen(bot, { webrtc: weriftPeers(), use: [feature] }));
  server.runner.app.get("/sdk/", (c) => c.html("<!doctype html><title>Brain</title>"));
  const { open, ...chromium } = await launchChromium("missing");
  stack.use(chromium);
  const { page } = await open(`${server.url}/sdk/`);
  const ear = createEar(RATE);
  let heardMs = 0;
  await page.exposeFunction("heard", (samples: number[], sampleRate: number) => {
    ear.push(samples, heardMs);
    heardMs += samples.length * 1000 / sampleRate;
  });
  await page.evaluate(PAGE);
  await page.evaluate(await bundle("sdk_page.ts"));
  const start = { transport: "webrtc", body: {} };
  await page.evaluate(
    `client.startBotAndConnect({ endpoint: "/start", requestData: ${JSON.stringify(start)} })`,
  );
  await page.evaluate(`waitFor("playing")`);
  await page.evaluate(`void listen()`);
  const all = stack.move();
  return {
    ear,
    talk: (ms) => page.evaluate(`talk(${JSON.stringify([...speechLike(RATE, ms / 1000)])})`),
    async leave() {
      await page.evaluate(`client.disconnect()`);
      return await recorded;
    },
    async [Symbol.asyncDispose]() {
      await server.runner.close(); // at once, while there is somebody at the other end
      await all.disposeAsync();
    },
  };
}
