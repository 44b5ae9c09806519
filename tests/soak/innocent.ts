/**
 * Somebody who has a call while others attack: a process of its own, so that nothing but the runner can
 * disturb it. For each line that it is sent it tells what it has noticed since the one before.
 *
 *   deno run -A tests/soak/innocent.ts ORIGIN
 */
import { loadOpus } from "../../src/audio/opus.ts";
import { sine } from "../audio/signals.ts";
import { connect } from "../webrtc/client.ts";
import { answerLines } from "./report.ts";

/** What an innocent caller tells. */
export interface Notice {
  /** Packets that came. */
  readonly packets: number;
  /** The longest time without one, in ms. */
  readonly gapMs: number;
  /** The longest time until a message was answered, in ms; those without an answer count, too. */
  readonly answerMs: number;
  /** The longest time until `/livez` answered, in ms. */
  readonly livezMs: number;
  readonly ended: boolean;
  /** Where the runner's socket is. */
  readonly address: { readonly host: string; readonly port: number };
  /** The latest datagrams that it has sent, in hexadecimal: strangers may have recorded them. */
  readonly recorded: readonly string[];
}

const PACKET_MS = 20;
const MESSAGE_MS = 200;
const LIVEZ_MS = 100;
const RECORDED = 60;

const [origin = ""] = Deno.args;
const encoder = (await loadOpus()).encoder({ sampleRate: 48_000, channels: 1 });
const packet = encoder.encode(sine(500, 48_000, 0.02));
encoder.free();

let notice = fresh();
function fresh() {
  return { packets: 0, gapMs: 0, answerMs: 0, livezMs: 0 };
}
const recorded: string[] = [];
const address = { host: "", port: 0 };

const client = await connect(async (sdp) => {
  const body = JSON.stringify({ sdp, type: "offer" });
  const response = await fetch(`${origin}/api/offer`, { method: "POST", body });
  const answer = await response.json();
  const [, host = "", port] = / (\d+\.\d+\.\d+\.\d+) (\d+) typ host/.exec(answer.sdp) ?? [];
  Object.assign(address, { host, port: Number(port) });
  return answer.sdp;
});
const { pc, channel, messages, packets } = client;
const transport = pc.dtlsTransports[0];
const connection = transport?.iceTransport.connection;
if (!channel || !connection || !transport) throw new Error("A call has a channel and a transport");
const send = connection.send.bind(connection);
connection.send = (bytes) => {
  recorded.push(bytes.toString("hex"));
  if (recorded.length > RECORDED) recorded.shift();
  return send(bytes);
};

let heardAt = performance.now();
const hear = () => {
  const now = performance.now();
  notice.gapMs = Math.max(notice.gapMs, now - heardAt);
  heardAt = now;
};
transport.onRtp.subscribe(() => {
  hear();
  notice.packets++;
  packets.length = 0;
});
setInterval(() => client.send(packet), PACKET_MS);

/** Messages that have no answer yet, with when they were sent. */
const waiting = new Map<string, number>();
let sent = 0;
const noteAnswers = () => {
  const now = performance.now();
  for (const message of messages.splice(0)) {
    const { type, id } = JSON.parse(message);
    const at = type === "bot-ready" ? waiting.get(id) : undefined;
    if (at !== undefined && waiting.delete(id)) {
      notice.answerMs = Math.max(notice.answerMs, now - at);
    }
  }
};
channel.onMessage.subscribe(() => queueMicrotask(noteAnswers));
setInterval(() => {
  const id = `${sent++}`;
  waiting.set(id, performance.now());
  const data = { version: "2.0.0", about: { library: "innocent" } };
  channel.send(JSON.stringify({ label: "rtvi-ai", type: "client-ready", id, data }));
}, MESSAGE_MS);

let askedAt: number | undefined;
setInterval(async () => {
  if (askedAt !== undefined) return;
  askedAt = performance.now();
  await (await fetch(`${origin}/livez`)).body?.cancel();
  notice.livezMs = Math.max(notice.livezMs, performance.now() - askedAt);
  askedAt = undefined;
}, LIVEZ_MS);

console.log("connected");
await answerLines((): Notice => {
  const now = performance.now();
  const gapMs = Math.max(notice.gapMs, now - heardAt);
  const answerMs = Math.max(notice.answerMs, ...[...waiting.values()].map((at) => now - at));
  const livezMs = Math.max(notice.livezMs, now - (askedAt ?? now));
  const ended = channel.readyState !== "open" || transport.state !== "connected";
  const told = { ...notice, gapMs, answerMs, livezMs, ended, address, recorded: [...recorded] };
  notice = fresh();
  return told;
});
await client.close();
Deno.exit();
