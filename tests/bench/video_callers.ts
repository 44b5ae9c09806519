/**
 * Calls with a camera, as Chromium has one: 30 frames a second of 640 × 480, in as many packets as the
 * limit of the other side allows, and a key frame when it is asked for. Prints how many pictures were
 * acknowledged and how much sound came back, once a second.
 *
 *   deno run -A tests/bench/video_callers.ts ORIGIN SESSIONS on|off
 *
 * @module
 */
import { Buffer } from "node:buffer";
import * as werift from "werift";
import { readWebp } from "../../src/video/webp.ts";
import { writeVp8Payloads } from "../../src/video/vp8.ts";
import { loadOpus } from "../../src/audio/opus.ts";
import { sine } from "../audio/signals.ts";
import { STRIPES } from "../video/pictures.ts";
import { type Client, connect } from "../webrtc/client.ts";

const [origin = "", sessions = "", camera = ""] = Deno.args;
const FRAMES_PER_SECOND = 30;
/** What a key frame of a room takes. */
const KEY_BYTES = 16_000;
/** What Chromium begins with. */
const START_RATE = 300_000;
const LEAST_FRAME_BYTES = 150;

const key = new Uint8Array(KEY_BYTES);
key.set(readWebp(STRIPES).frame);

/** The camera of one call. */
function film({ pc }: Client): () => void {
  const transport = pc.dtlsTransports[0]!;
  const [, video] = pc.getTransceivers();
  const ssrc = video!.sender.ssrc;
  const payloadType = video!.codecs[0]!.payloadType;
  let [sequence, picture, rate, budget, wanted] = [1, 0, START_RATE, 0, true];
  transport.onRtcp.subscribe((packet) => {
    if (!(packet instanceof werift.RtcpPayloadSpecificFeedback)) return;
    const { feedback } = packet;
    if (feedback instanceof werift.PictureLossIndication) wanted = true;
    if (feedback instanceof werift.ReceiverEstimatedMaxBitrate) {
      rate = Number(feedback.bitrate);
    }
  });
  return () => {
    const share = rate / 8 / FRAMES_PER_SECOND;
    budget = Math.min(budget + share, share * FRAMES_PER_SECOND);
    const bytes = wanted ? KEY_BYTES : Math.max(LEAST_FRAME_BYTES, Math.min(budget, share));
    budget -= bytes;
    const frame = wanted ? key : new Uint8Array(bytes).fill(1);
    wanted = false;
    picture++;
    const payloads = writeVp8Payloads(frame, picture % 0x8000);
    payloads.forEach((payload, index) => {
      sequence = (sequence + 1) & 0xffff;
      const header = new werift.RtpHeader({
        payloadType,
        ssrc,
        sequenceNumber: sequence,
        timestamp: picture * 3000,
        marker: index === payloads.length - 1,
      });
      void transport.sendRtp(Buffer.from(payload), header);
    });
  };
}

const opus = await loadOpus();
const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
const samples = sine(440, 48_000, 1);
const tone = Array.from(
  { length: 50 },
  (_, i) => encoder.encode(samples.subarray(i * 960, (i + 1) * 960)),
);
const clients: Client[] = [];
for (let i = 0; i < Number(sessions); i++) {
  clients.push(
    await connect(async (sdp) => {
      const body = JSON.stringify({ sdp, type: "offer" });
      for (;;) {
        const response = await fetch(`${origin}/api/offer`, {
          method: "POST",
          body,
        });
        if (response.ok) return (await response.json()).sdp;
        await response.body?.cancel();
        await new Promise((resolve) => setTimeout(resolve, 500)); // it says that it is busy
      }
    }, { video: 1 }),
  );
}
const cameras = camera === "on" ? clients.map(film) : [];
const began = performance.now();
let [spoken, filmed] = [0, 0];
setInterval(() => {
  const now = performance.now();
  for (; began + spoken * 20 <= now; spoken++) {
    for (const client of clients) client.send(tone[spoken % tone.length]!);
  }
  for (; began + filmed * 1000 / FRAMES_PER_SECOND <= now; filmed++) {
    for (const shoot of cameras) shoot();
  }
}, 5);
setInterval(() => {
  const pictures = clients.reduce(
    (sum, { messages }) =>
      sum +
      messages.splice(0).filter((message) => message.includes('"bytes"'))
        .length,
    0,
  );
  const heard = clients.reduce(
    (sum, { packets }) => sum + packets.splice(0).length,
    0,
  );
  console.log(JSON.stringify({ pictures, heard }));
}, 1000);
