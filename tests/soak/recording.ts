/**
 * Whether recordings are what was heard: two bots in one runner, called at once by phone and by
 * WebRTC, each interrupted twice; where each sound is in the recording, beside where the caller has
 * sent or heard it.
 *
 *   deno task soak:recording [SECONDS]
 */
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { loadOpus } from "../../src/audio/opus.ts";
import { parseWav } from "../../src/audio/wav.ts";
import type { Bot } from "../../src/core/bot.ts";
import { createPlacement } from "../../src/recording/placement.ts";
import { serve } from "../../src/runtimes/deno.ts";
import { recording } from "../../src/runtimes/recording.ts";
import { createTransport } from "../../src/transports/create.ts";
import { encoded } from "../webrtc/call.ts";
import { connect } from "../webrtc/client.ts";
import type { PhoneOrder } from "./recording_phone.ts";
import { bursts, EVERY_MS, onsets, speak, type Told } from "./recording_sounds.ts";

const seconds = Number(Deno.args[0] ?? 60);
/** Set in the process that serves: callers in the same one would hear how busy it is. */
const [, served] = Deno.args;
const MOST_MS = 5;

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

/** Calls from a thread of its own. */
async function phone(origin: string): Promise<Told> {
  const order: PhoneOrder = { origin, seconds, timeOrigin: performance.timeOrigin };
  const worker = new Worker(new URL("recording_phone.ts", import.meta.url), { workerData: order });
  const [told] = await once(worker, "message");
  return told;
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
  const sent = (await speak(seconds, 48_000, () => client.send(packets[i++ % packets.length]!)))
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

/** Whether the recordings in the folder are what was told; they are removed. */
async function compareRecordings(call: Told, web: Told): Promise<boolean> {
  let good = true;
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  for (const name of names.filter((name) => name.endsWith(".json"))) {
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
  for (const name of names) await Deno.remove(join(folder, name));
  return good;
}

let good = false;
// The first words of a process are late, for nothing of it is compiled yet: the second calls count.
for (const calls of ["The first calls of the process", "The second"]) {
  console.log(`${calls}:`);
  const [call, web] = await Promise.all([phone(url.trim()), browser(url.trim())]);
  while ([...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".json")).length < 2) {
    await new Promise((resolve) => setTimeout(resolve, 100)); // both are written whole
  }
  good = await compareRecordings(call, web);
}
await child.stdin.close();
await child.status;
await Deno.remove(folder, { recursive: true });
console.log(good ? "ok" : "FAILED");
Deno.exit(good ? 0 : 1);
