/**
 * Whether recordings are what was heard: two bots in one runner, called at once by phone and by
 * WebRTC, each interrupted twice; where each sound is in the recording, beside where the caller has
 * sent or heard it.
 *
 *   deno task soak:recording [SECONDS]
 */
import { join } from "node:path";
import { loadOpus } from "../../src/audio/opus.ts";
import { parseWav } from "../../src/audio/wav.ts";
import type { Bot } from "../../src/core/bot.ts";
import { createPlacement } from "../../src/recording/placement.ts";
import { serve } from "../../src/runtimes/deno.ts";
import { recording } from "../../src/runtimes/recording.ts";
import { createTransport } from "../../src/transports/create.ts";
import { decodeMulaw, encodeMulaw } from "../../src/audio/g711.ts";
import { encoded } from "../webrtc/call.ts";
import { connect } from "../webrtc/client.ts";

const seconds = Number(Deno.args[0] ?? 60);
/** Set in the process that serves: callers in the same one would hear how busy it is. */
const [, served] = Deno.args;
/** Bursts of sound: so long, and so far apart, in ms. */
const BURST_MS = 40;
const EVERY_MS = 500;
const MOST_MS = 5;

/** Sound with a burst every half second, from an instant on. */
function bursts(sampleRate: number, ms: number): Int16Array {
  return Int16Array.from({ length: sampleRate * ms / 1000 }, (_, i) => {
    const within = (i * 1000 / sampleRate) % EVERY_MS;
    return within < BURST_MS ? 12_000 * Math.sin(2 * Math.PI * 1000 * i / sampleRate) : 0;
  });
}

/** When bursts begin, in ms from the start of the samples. */
function onsets(samples: Int16Array, sampleRate: number): number[] {
  const found: number[] = [];
  let quietSince = -Infinity;
  samples.forEach((sample, i) => {
    if (Math.abs(sample) < 3000) return;
    const at = i * 1000 / sampleRate;
    if (at - quietSince > EVERY_MS / 4) found.push(at);
    quietSince = at;
  });
  return found;
}

/** Speaks in bursts, and interrupts itself at a third and at two thirds of the call. */
const bot: Bot = async (args) => {
  await using transport = await createTransport(args);
  void transport.readable.pipeTo(new WritableStream()).catch(() => {});
  await transport.connected;
  const writer = transport.writable.getWriter();
  for (const third of [1, 2, 3]) {
    const until = performance.now() + seconds / 3 * 1000;
    while (performance.now() < until && !args.signal.aborted) {
      await writer.write({
        type: "audio",
        samples: bursts(16_000, 500),
        sampleRate: 16_000,
        channels: 1,
      });
    }
    if (third < 3) transport.interrupt();
    await new Promise((resolve) => setTimeout(resolve, 730));
  }
};

/** What a caller has sent and heard: when bursts began, by the clock of the process. */
interface Told {
  readonly sent: number[];
  readonly heard: number[];
}

/** Sends 20 ms at a time, by deadlines that do not drift. */
async function speak(send: (frame: Int16Array) => void, sampleRate: number): Promise<number[]> {
  const sound = bursts(sampleRate, 500);
  const size = sampleRate / 50;
  const sent: number[] = [];
  const began = performance.now();
  for (let i = 0; i < seconds * 50; i++) {
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, began + 20 * i - performance.now()))
    );
    const offset = (i * size) % sound.length;
    if (offset === 0) sent.push(began + 20 * i);
    send(sound.subarray(offset, offset + size));
  }
  return sent;
}

/** Plays what comes as a carrier does: one after the other, none of it after a clear. */
function createEar(sampleRate: number) {
  let end = 0;
  let pieces: { at: number; samples: Int16Array }[] = [];
  return {
    play(samples: Int16Array, now: number) {
      const at = Math.max(end, now);
      pieces.push({ at, samples });
      end = at + samples.length * 1000 / sampleRate;
    },
    clear(now: number) {
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

async function phone(origin: string): Promise<Told> {
  const ear = createEar(8000);
  const webhook = await fetch(`${origin}/sales/twilio`, {
    method: "POST",
    body: new URLSearchParams({ CallSid: "CA1", From: "+15557770001", To: "+15557770002" }),
  });
  const [, address = ""] = /url="([^"]+)"/.exec(await webhook.text()) ?? [];
  const socket = new WebSocket(address);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  socket.addEventListener("message", ({ data }) => {
    const now = performance.now();
    const { event, media, mark } = JSON.parse(data);
    if (event === "media") ear.play(decodeMulaw(Uint8Array.fromBase64(media.payload)), now);
    if (event === "clear") ear.clear(now);
    if (event === "mark") socket.send(JSON.stringify({ event: "mark", streamSid: "MZ1", mark }));
  });
  socket.send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
  socket.send(JSON.stringify({
    event: "start",
    streamSid: "MZ1",
    start: {
      streamSid: "MZ1",
      callSid: "CA1",
      accountSid: "AC1",
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
    },
  }));
  let timestamp = 0;
  const sent = await speak((frame) => {
    const payload = encodeMulaw(frame).toBase64();
    const media = {
      track: "inbound",
      chunk: String(timestamp / 20 + 1),
      timestamp: String(timestamp),
      payload,
    };
    socket.send(JSON.stringify({ event: "media", streamSid: "MZ1", media }));
    timestamp += 20;
  }, 8000);
  socket.close();
  return { sent, heard: ear.onsets() };
}

async function browser(origin: string): Promise<Told> {
  const post = async (path: string, body: unknown) =>
    await (await fetch(`${origin}${path}`, { method: "POST", body: JSON.stringify(body) })).json();
  const { sessionId } = await post("/greeter/start", {});
  const client = await connect(async (sdp) =>
    (await post(`/greeter/sessions/${sessionId}/api/offer`, { sdp, type: "offer" })).sdp
  );
  const arrived: number[] = [];
  client.pc.dtlsTransports[0]?.onRtp.subscribe(() => void arrived.push(performance.now()));
  const offset = client.packets.length;
  const packets = encoded(bursts(48_000, 500));
  let i = 0;
  const opus = await loadOpus();
  const decoded = opus.decoder({ sampleRate: 48_000, channels: 1 }).decode(packets[0]!);
  // Opus looks ahead: a sound begins a little behind the beginning of its packet.
  const [ahead = 0] = onsets(decoded, 48_000);
  const sent = (await speak(() => client.send(packets[i++ % packets.length]!), 48_000))
    .map((at) => at + ahead);
  const decoder = opus.decoder({ sampleRate: 48_000, channels: 1 });
  const heard: number[] = [];
  const place = createPlacement(); // as a client's jitter buffer does, which a late beat does not delay
  const [first] = client.packets.slice(offset);
  client.packets.slice(offset).forEach(({ payload, header: { timestamp } }, index) => {
    const [within] = onsets(decoder.decode(payload), 48_000);
    const began = ((timestamp - (first?.header.timestamp ?? 0)) >>> 0) / 48;
    const played = place({ at: arrived[index] ?? 0, timestamp: began, durationMs: 20 });
    const at = played + (within ?? 0);
    if (within !== undefined && at - (heard.at(-1) ?? -Infinity) > EVERY_MS / 4) heard.push(at);
  });
  await client.close();
  return { sent, heard };
}

/** How far the onsets of one list are from those of another, apart from what all have in common. */
function compare(
  name: string,
  told: readonly number[],
  recorded: readonly number[],
  common: number,
) {
  // The first of each stretch may have begun before there was somebody to hear or record it.
  const whole = recorded.filter((at, i) => i > 0 && at - (recorded[i - 1] ?? 0) < EVERY_MS * 1.1);
  const offsets = whole.map((at) => {
    const nearest = told.reduce(
      (best, other) => Math.abs(other - common - at) < Math.abs(best - common - at) ? other : best,
      Infinity,
    );
    return nearest - common - at;
  });
  const sorted = offsets.map(Math.abs).toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Infinity;
  console.log(
    `${name}: ${told.length} told, ${recorded.length} recorded; off by ` +
      `${at(0.5).toFixed(1)} ms (p50), ${at(0.95).toFixed(1)} (p95), ${at(1).toFixed(1)} (max)`,
  );
  // A machine that is busy hears a piece late now and then; the rest must be in place.
  return at(0.95) <= MOST_MS && Math.abs(told.length - recorded.length) <= 2;
}

if (served !== undefined) {
  const options = { port: 0, environment: {}, use: [recording(served)] };
  const server = await serve({ greeter: bot, sales: bot }, options);
  console.log(server.url);
  for await (const _ of Deno.stdin.readable) { /* until it is closed */ }
  await server.close();
  Deno.exit();
}

const folder = await Deno.makeTempDir();
const child = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", import.meta.url, String(seconds), folder],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const { value: url = "" } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader()
  .read();
const [call, web] = await Promise.all([phone(url.trim()), browser(url.trim())]);
await child.stdin.close();
await child.status;

let good = true;
for (const { name } of [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".json"))) {
  const { session } = JSON.parse(await Deno.readTextFile(join(folder, name)));
  const wav = parseWav(await Deno.readFile(join(folder, name.replace(/json$/, "wav"))));
  const side = (offset: number) => wav.samples.filter((_, i) => i % 2 === offset);
  const [left, right] = [side(0), side(1)].map((samples) => onsets(samples, wav.sampleRate));
  const told = session.transport === "twilio" ? call : web;
  // Both channels have one clock: what it began with is the middle of what the caller's side says.
  const shifts = (left ?? []).map((at, i) => (told.sent[i] ?? 0) - at).toSorted((a, b) => a - b);
  const common = shifts[Math.floor(shifts.length / 2)] ?? 0;
  good = compare(`${session.transport}, the caller`, told.sent, left ?? [], common) && good;
  good = compare(`${session.transport}, the bot`, told.heard, right ?? [], common) && good;
}
await Deno.remove(folder, { recursive: true });
console.log(good ? "ok" : "FAILED");
Deno.exit(good ? 0 : 1);
