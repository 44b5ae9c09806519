/**
 * The callers of `media_nodes.ts`: werift clients in a process of their own, told by lines on stdin
 * what to count.
 *
 * @module
 */
import { loadOpus } from "../../src/audio/opus.ts";
import { sine } from "../audio/signals.ts";
import { dialTrickled, post, type TrickledCall } from "../webrtc/trickle.ts";

/** What was counted in a phase; the longest and the slowest are in ms. */
export interface Report {
  readonly sent: number;
  readonly ok: number;
  /** PATCHes for the dead node that were answered by a 410. */
  readonly gone: number;
  /** PATCHes without an answer, or with a wrong one. */
  readonly lost: number;
  readonly survivors: number;
  /** Of the callers on the living node: what they heard, and its gaps over 200 ms. */
  readonly packets: number;
  readonly gaps: number;
  readonly longest: number;
  readonly orphans: number;
  readonly reconnected: number;
  readonly slowest: number;
  readonly started: number;
  /** Attempts to connect that failed, and were made again, as Pipecat's client does. */
  readonly failed: number;
}

interface Caller {
  call: TrickledCall;
  heardAt: number;
  packets: number;
  gaps: number;
  longest: number;
  /** Set while it calls again. */
  away: boolean;
  /** Set for one that came after the kill. */
  readonly late: boolean;
  patchAt: number;
}

const GAP_MS = 200;
const PATCH_MS = 500;
const PACKET_MS = 100;
const PATIENCE_MS = 5000;
const RECONNECT_MS = 5000;
const [edge = "", count = "1"] = Deno.args;
const opus = await loadOpus();
const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
const packet = encoder.encode(sine(500, 48_000, 0.02));

const callers: Caller[] = [];
const state = { dead: "", killedAt: 0 };
let counts = fresh();
/** PATCHes that have not been answered; none begins while a report is made. */
const open = new Set<Promise<void>>();
let reporting = false;

await Promise.all([1, 2, 3].map(async (_, lane) => {
  for (let i = lane; i < Number(count); i += 3) await enter();
}));
console.log("connected");
setInterval(patchWhoIsDue, 20);
let lines = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  lines += text;
  for (let end = lines.indexOf("\n"); end >= 0; end = lines.indexOf("\n")) {
    obey(lines.slice(0, end).split(" "));
    lines = lines.slice(end + 1);
  }
}
Deno.exit();

function fresh() {
  return {
    sent: 0,
    ok: 0,
    gone: 0,
    lost: 0,
    orphans: 0,
    reconnected: 0,
    slowest: 0,
    started: 0,
    failed: 0,
  };
}

function obey([word, ...rest]: readonly string[]): void {
  if (word === "report") return void report();
  if (word === "after") {
    state.dead = rest[0] ?? "";
    state.killedAt = performance.now();
    for (let i = 0; i < Number(rest[1]); i++) void enter().then(() => counts.started++);
  }
  counts = fresh();
  for (const caller of callers) Object.assign(caller, { packets: 0, gaps: 0, longest: 0 });
}

async function report(): Promise<void> {
  reporting = true;
  while (open.size > 0) await Promise.all(open);
  reporting = false;
  const survivors = callers.filter(({ call }) => !call.sessionId.startsWith(state.dead || "-"));
  const steady = survivors.filter(({ away, late }) => !away && !late);
  const answer: Report = {
    ...counts,
    survivors: steady.length,
    packets: steady.reduce((sum, { packets }) => sum + packets, 0),
    gaps: steady.reduce((sum, { gaps }) => sum + gaps, 0),
    longest: Math.round(Math.max(0, ...steady.map(({ longest }) => longest))),
  };
  console.log(JSON.stringify(answer));
}

/** A caller that stays. */
async function enter(): Promise<void> {
  const call = await connect();
  const now = performance.now();
  const caller: Caller = {
    call,
    heardAt: now,
    packets: 0,
    gaps: 0,
    longest: 0,
    away: false,
    late: state.killedAt > 0,
    patchAt: now + Math.random() * PATCH_MS,
  };
  callers.push(caller);
  talk(caller);
}

/** Calls, with a second and a third attempt. */
async function connect(): Promise<TrickledCall> {
  for (let attempt = 1;; attempt++) {
    try {
      const call = await dialTrickled(edge);
      countTrickle(call);
      await withinPatience(call.client.connected());
      return call;
    } catch (error) {
      if (attempt === 3) throw error;
      console.error(`attempt ${attempt}: ${error}`);
      counts.failed++;
    }
  }
}

/** As long as Pipecat's client waits before it tries again. */
async function withinPatience(connected: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("not connected in time")), PATIENCE_MS);
  await Promise.race([connected, late]).finally(() => clearTimeout(timer));
}

function countTrickle({ patched }: TrickledCall): void {
  counts.sent += patched.length;
  const ok = patched.filter((status) => status === 200).length;
  counts.ok += ok;
  counts.lost += patched.length - ok;
}

/** Talks, and listens for gaps, until the call has been replaced. */
function talk(caller: Caller): void {
  const { call } = caller;
  caller.heardAt = performance.now();
  call.client.pc.dtlsTransports[0]?.onRtp.subscribe(() => {
    const now = performance.now();
    const gap = now - caller.heardAt;
    caller.heardAt = now;
    caller.packets++;
    if (gap > GAP_MS) caller.gaps++;
    caller.longest = Math.max(caller.longest, gap);
    call.client.packets.length = 0;
  });
  const timer = setInterval(() => {
    if (caller.call !== call) clearInterval(timer);
    else call.client.send(packet, { pauseMs: PACKET_MS - 20 });
  }, PACKET_MS);
}

function patchWhoIsDue(): void {
  if (reporting) return;
  const now = performance.now();
  for (const caller of callers) {
    if (caller.away || caller.patchAt > now) continue;
    caller.patchAt = now + PATCH_MS;
    const patched = patch(caller).finally(() => open.delete(patched));
    open.add(patched);
  }
}

async function patch(caller: Caller): Promise<void> {
  const { call } = caller;
  const response = await post(`${edge}/sessions/${call.sessionId}/api/offer`, "PATCH", {
    pc_id: call.pcId,
    candidates: [],
  }).catch(() => undefined);
  await response?.body?.cancel();
  const toDead = state.dead !== "" && call.sessionId.startsWith(state.dead);
  counts.sent++;
  if (response?.status === 200) counts.ok++;
  else if (response?.status !== 410 || !toDead) counts.lost++;
  else {
    counts.gone++;
    if (!caller.away) void reconnect(caller);
  }
}

/** Does what a client does whose session is gone: it starts another one. */
async function reconnect(caller: Caller): Promise<void> {
  caller.away = true;
  counts.orphans++;
  // Not all of them notice, and call again, in the same moment.
  await new Promise((resolve) => setTimeout(resolve, Math.random() * RECONNECT_MS));
  const old = caller.call;
  caller.call = await connect();
  talk(caller);
  void old.client.close();
  const heard = Promise.withResolvers<void>();
  caller.call.client.pc.dtlsTransports[0]?.onRtp.once(() => heard.resolve());
  await heard.promise;
  counts.reconnected++;
  counts.slowest = Math.round(Math.max(counts.slowest, performance.now() - state.killedAt));
}
