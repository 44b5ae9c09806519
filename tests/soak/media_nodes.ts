/**
 * A Worker in front of two media nodes, with a hundred callers, and one of the nodes dies.
 *
 *   deno run -A tests/soak/media_nodes.ts [--sessions 100] [--seconds 15]
 *
 * workerd forwards to two processes of Deno, the callers are in two more. Each caller trickles its
 * candidates, patches again twice a second for as long as the call stands, and hears itself: the bot
 * says back what it hears, 50 packets a second. Callers send only every fifth, to spare the cores that
 * all of this shares.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ownerName } from "../../src/nodes/self_routing_id.ts";
import { installPackage, serveEdge, serveMediaNode } from "../runtimes/hosts.ts";
import type { Report } from "./media_clients.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "100" },
    seconds: { type: "string", default: "15" },
  },
});
const CHILDREN = 2;
const NEW_SESSIONS = 10;
/** Before gaps are counted: the first packets of all come in a heap. */
const SETTLE_MS = 3000;
const perChild = Math.ceil(Number(values.sessions) / CHILDREN);
const phaseMs = Number(values.seconds) * 1000;
const secret = crypto.randomUUID();
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

await using ending = new AsyncDisposableStack();
const installed = await installPackage();
ending.defer(() => Deno.remove(installed.path, { recursive: true }));
const one = ending.use(await serveMediaNode(secret, here("media_server.ts")));
const two = ending.use(await serveMediaNode(secret, here("media_server.ts")));
const nodes = [one, two];
const edge = ending.use(
  await serveEdge(installed, nodes.map(({ url }) => url), secret),
);
const children = Array.from({ length: CHILDREN }, () => callers(edge.url, perChild));
ending.defer(() => Promise.all(children.map((child) => child.stop())).then(() => {}));

console.log(`connecting ${perChild * CHILDREN} callers through ${edge.url}`);
const began = performance.now();
await Promise.all(children.map((child) => child.answer()));
console.log(`all connected after ${((performance.now() - began) / 1000).toFixed(1)} s`);
const trickled = await report();
const load = await Promise.all(nodes.map(({ url }) => sessionsOf(url)));
await pause(SETTLE_MS);
await tell("before");
await pause(phaseMs);
const before = await report();
console.log(`they have ${load.join(" and ")} sessions; the first is killed`);
const dead = await ownerName(one.url);
await one[Symbol.asyncDispose]();
await tell(`after ${dead} ${NEW_SESSIONS / CHILDREN}`);
await pause(phaseMs);
const after = await report();
const { survivors, orphans, reconnected, started, slowest } = after;
const sent = (phase: Report) => `${phase.ok} of ${phase.sent - phase.gone}`;
console.table({
  "candidates trickled, and answered 200": sent(trickled),
  "further PATCHes before the kill, answered 200": sent(before),
  "PATCHes after it to the living node, answered 200": sent(after),
  "PATCHes after it to the dead node, answered 410": after.gone,
  "PATCHes lost": trickled.lost + before.lost + after.lost,
  "gaps over 200 ms, all callers, before": `${before.gaps} of ${before.packets}`,
  "gaps over 200 ms, callers of the living node, after": `${after.gaps} of ${after.packets}`,
  "longest gap before and after, ms": `${before.longest}, ${after.longest}`,
  "callers of the living node": survivors,
  "callers of the dead node, that hear themselves again": `${reconnected} of ${orphans}`,
  "the last of them after, ms": slowest,
  "calls that ICE needed a second attempt for": trickled.failed + before.failed + after.failed,
  "new callers since the kill": `${started} of ${NEW_SESSIONS}`,
  "sessions of the living node": await sessionsOf(two.url),
});
const passed = trickled.lost + before.lost + after.lost === 0 && orphans === load[0] &&
  reconnected === orphans && started === NEW_SESSIONS;
console.log(passed ? "ok" : "FAILED");

Deno.exitCode = passed ? 0 : 1;

function callers(edge: string, count: number) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", here("media_clients.ts"), edge, `${count}`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    say: (line: string) => writer.write(new TextEncoder().encode(`${line}\n`)),
    /** The next line that the child prints. */
    async answer(): Promise<string> {
      for (;;) {
        const end = text.indexOf("\n");
        if (end >= 0) {
          const line = text.slice(0, end);
          text = text.slice(end + 1);
          return line;
        }
        const { value, done } = await reader.read();
        if (done) throw new Error("The callers have ended");
        text += value;
      }
    },
    async stop(): Promise<void> {
      await writer.close().catch(() => {}); // it ends with its stdin
      await reader.cancel();
      await child.status;
    },
  };
}

async function tell(line: string): Promise<void> {
  await Promise.all(children.map((child) => child.say(line)));
}

/** What all callers have counted since they were last told something. */
async function report(): Promise<Report> {
  await tell("report");
  const reports: Report[] = await Promise.all(
    children.map(async (child) => JSON.parse(await child.answer())),
  );
  return reports.reduce((sum, report) => ({
    sent: sum.sent + report.sent,
    ok: sum.ok + report.ok,
    gone: sum.gone + report.gone,
    lost: sum.lost + report.lost,
    survivors: sum.survivors + report.survivors,
    packets: sum.packets + report.packets,
    gaps: sum.gaps + report.gaps,
    longest: Math.max(sum.longest, report.longest),
    orphans: sum.orphans + report.orphans,
    reconnected: sum.reconnected + report.reconnected,
    slowest: Math.max(sum.slowest, report.slowest),
    started: sum.started + report.started,
    failed: sum.failed + report.failed,
  }));
}

async function sessionsOf(url: string): Promise<number> {
  return (await (await fetch(`${url}/readyz`)).json()).sessions;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
