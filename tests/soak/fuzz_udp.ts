/**
 * Hostile datagrams, made of valid ones: first for each of what reads them, alone and under a limit of
 * time and memory for each input, and then for runners on Deno, Node and Bun that have a call.
 *
 *   deno run -A --v8-flags=--expose-gc tests/soak/fuzz_udp.ts [COUNT] [SEED]
 *
 * COUNT is of the inputs for what is alone; each runner gets some 100 000 more. Everything stays on
 * this machine.
 */
import { DTLS_PARSERS } from "../hostile/dtls_parsers.ts";
import { MEDIA_PARSERS } from "../hostile/media_parsers.ts";
import { PARSERS } from "../hostile/parsers.ts";
import { VIDEO_PARSERS } from "../hostile/video_parsers.ts";
import { installPackage } from "../runtimes/hosts.ts";
import { examine, type UdpFault } from "./fuzz_udp_judge.ts";
import type { Progress } from "./fuzz_udp_watchdog.ts";
import { besiege, type Host, HOSTS } from "./fuzz_udp_siege.ts";
import { seeded } from "./random.ts";

const COUNT = Number(Deno.args[0] ?? 2_000_000);
const SEED = Number(Deno.args[1] ?? Date.now() % 2 ** 31);
/** What has keys to make for each handshake gets fewer inputs than what only reads. */
const SLOW = /sealed$|^SDP$/;
const SLOW_SHARE = 0.2;

const faults: UdpFault[] = [];
let inputs = 0;

async function examineAll(): Promise<void> {
  const targets = [...PARSERS, ...DTLS_PARSERS, ...MEDIA_PARSERS, ...VIDEO_PARSERS];
  const shareOf = (name: string) => SLOW.test(name) ? SLOW_SHARE : 1;
  const shares = targets.reduce((sum, { name }) => sum + shareOf(name), 0);
  const rows: Record<string, Record<string, string | number>> = {};
  const watchdog = new Worker(new URL("fuzz_udp_watchdog.ts", import.meta.url), { type: "module" });
  for (const target of targets) {
    const { name } = target;
    const count = Math.ceil(COUNT * shareOf(name) / shares);
    const began = performance.now();
    const examined = await examine(target, count, seeded(SEED), (done) => {
      watchdog.postMessage({ target: name, done, seed: SEED } satisfies Progress);
    });
    const seconds = (performance.now() - began) / 1000;
    inputs += examined.inputs;
    tell(examined.faults);
    const kilobytes = (bytes: number) => Math.round(bytes / 1000);
    rows[name] = {
      inputs: examined.inputs,
      "a second": Math.round(examined.inputs / seconds),
      "slowest ms": Number(examined.slowestMs.toFixed(1)),
      "largest kB": kilobytes(examined.largestBytes),
      "left kB": kilobytes(examined.leftBytes ?? NaN),
      faults: examined.faults.length,
    };
    console.log(name, JSON.stringify(rows[name]));
  }
  watchdog.terminate();
  console.table(rows);
}

async function besiegeAll(): Promise<void> {
  const rows: Record<string, unknown> = {};
  await using installed = await installPackage();
  for (const host of Object.keys(HOSTS) as Host[]) {
    const siege = await besiege(host, installed, SEED);
    inputs += siege.inputs;
    tell(siege.faults);
    rows[host] = siege.figures;
    console.log(host, JSON.stringify(siege.figures));
  }
  console.table(rows);
}

function tell(found: readonly UdpFault[]): void {
  for (const { target, what, input } of found) console.log(`FAULT ${target}: ${what}\n  ${input}`);
  faults.push(...found);
}

console.log(`seed ${SEED}`);
const began = performance.now();
await examineAll();
await besiegeAll();
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(`${inputs} inputs in ${seconds} s, seed ${SEED}: ${faults.length} faults`);
Deno.exit(faults.length > 0 ? 1 : 0);
