/**
 * The phone of the soak of recordings, in a thread of its own: no other caller keeps it busy.
 */
import { parentPort, workerData } from "node:worker_threads";
import { decodeMulaw, encodeMulaw } from "../../src/audio/g711.ts";
import { onsets, speak, type Told } from "./recording_sounds.ts";

/** What the phone is told. */
export interface PhoneOrder {
  readonly origin: string;
  readonly seconds: number;
  /** Of the thread that asks: each has a clock of its own. */
  readonly timeOrigin: number;
}

/** Plays what comes as a carrier does: one after the other, none of it after a clear. */
function createEar(sampleRate: number) {
  let end = 0;
  let marks: { at: number; back: () => void }[] = [];
  const timer = setInterval(() => returnMarks(performance.now()), 1);
  const returnMarks = (upTo: number) => {
    const due = marks.filter(({ at }) => at <= upTo);
    marks = marks.filter(({ at }) => at > upTo);
    for (const { back } of due) back();
  };
  let pieces: { at: number; samples: Int16Array }[] = [];
  return {
    play(samples: Int16Array, now: number) {
      const at = Math.max(end, now);
      pieces.push({ at, samples });
      end = at + samples.length * 1000 / sampleRate;
    },
    /** Gives a mark back once all before it is played. */
    mark(now: number, back: () => void) {
      marks.push({ at: end, back });
      returnMarks(now);
    },
    close: () => clearInterval(timer),
    clear(now: number) {
      returnMarks(Infinity);
      pieces = pieces.flatMap(({ at, samples }) => {
        const left = Math.floor((now - at) * sampleRate / 1000);
        return left <= 0 ? [] : [{ at, samples: samples.subarray(0, left) }];
      });
      end = 0;
    },
    onsets() {
      const [first] = pieces;
      if (!first) return [];
      const length = Math.ceil(
        (Math.max(...pieces.map(({ at }) => at)) - first.at + 1000) * sampleRate / 1000,
      );
      const track = new Int16Array(length);
      for (const { at, samples } of pieces) {
        track.set(samples, Math.round((at - first.at) * sampleRate / 1000));
      }
      return onsets(track, sampleRate).map((ms) => first.at + ms);
    },
  };
}

async function phone(origin: string, seconds: number): Promise<Told> {
  const ear = createEar(8000);
  const callSid = `CA${crypto.randomUUID()}`;
  const webhook = await fetch(`${origin}/sales/twilio`, {
    method: "POST",
    body: new URLSearchParams({ CallSid: callSid, From: "+15557770001", To: "+15557770002" }),
  });
  const [, address = ""] = /url="([^"]+)"/.exec(await webhook.text()) ?? [];
  const socket = new WebSocket(address);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  socket.addEventListener("message", ({ data }) => {
    const now = performance.now();
    const { event, media, mark } = JSON.parse(data);
    if (event === "media") ear.play(decodeMulaw(Uint8Array.fromBase64(media.payload)), now);
    if (event === "clear") ear.clear(now);
    if (event === "mark") {
      const back = JSON.stringify({ event: "mark", streamSid: "MZ1", mark });
      ear.mark(now, () => socket.readyState === WebSocket.OPEN && socket.send(back));
    }
  });
  socket.send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
  socket.send(JSON.stringify({
    event: "start",
    streamSid: "MZ1",
    start: {
      streamSid: "MZ1",
      callSid,
      accountSid: "AC1",
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
    },
  }));
  let timestamp = 0;
  const sent = await speak(seconds, 8000, (frame) => {
    const payload = encodeMulaw(frame).toBase64();
    const media = {
      track: "inbound",
      chunk: String(timestamp / 20 + 1),
      timestamp: String(timestamp),
      payload,
    };
    socket.send(JSON.stringify({ event: "media", streamSid: "MZ1", media }));
    timestamp += 20;
  });
  socket.close();
  ear.close();
  return { sent, heard: ear.onsets() };
}

const { origin, seconds, timeOrigin }: PhoneOrder = workerData;
const { sent, heard } = await phone(origin, seconds);
const apart = performance.timeOrigin - timeOrigin;
const told: Told = { sent: sent.map((at) => at + apart), heard: heard.map((at) => at + apart) };
parentPort?.postMessage(told);
