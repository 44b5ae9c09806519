/**
 * Gives hostile inputs to what reads them, and judges the time and the memory that each one takes.
 */
import { getHeapStatistics } from "node:v8";
import { hostileMessage, type Random } from "../hostile/mutations.ts";
import type { Target } from "../hostile/parsers.ts";

/** What was wrong, and with what. */
export interface UdpFault {
  readonly target: string;
  readonly what: string;
  /** The last input, in hexadecimal. */
  readonly input: string;
}

/** What many inputs took. */
export interface Examination {
  readonly inputs: number;
  /** The most that one input took. */
  readonly slowestMs: number;
  readonly largestBytes: number;
  /** Memory that was left when all was over, in bytes; unknown without `--v8-flags=--expose-gc`. */
  readonly leftBytes: number | undefined;
  readonly faults: readonly UdpFault[];
}

/** No input may take longer. */
export const MOST_MS = 50;
/** Inputs for one state. */
const VISIT = 200;
/** A busy machine interrupts, and the collector allocates: what takes longer is done again. */
const NOTABLE_MS = 10;
const AGAIN = 3;
/** What caches and compiled code may keep in all. */
const MOST_LEFT_BYTES = 16_000_000;
const MOST_FAULTS = 5;
const SHOWN_BYTES = 600;

interface Cost {
  readonly ms: number;
  readonly bytes: number;
}

/** Memory that is in use, with what lies outside the heap. */
function memory(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/**
 * Gives a target so many inputs.
 *
 * @param progress Is told how many are done, again and again.
 */
export async function examine(
  target: Target,
  count: number,
  random: Random,
  progress: (done: number) => void = () => {},
): Promise<Examination> {
  const faults: UdpFault[] = [];
  let [slowestMs, largestBytes] = [0, 0];
  const fault = (what: string, input: Uint8Array) => {
    if (faults.length >= MOST_FAULTS) return;
    faults.push({ target: target.name, what, input: toHex(input) });
  };
  visit(target, inputsOf(target, VISIT, random), fault); // what is compiled with the first ones
  const before = await collected();
  for (let done = 0; done < count; done += VISIT) {
    progress(done);
    const inputs = inputsOf(target, Math.min(VISIT, count - done), random);
    const cost = visit(target, inputs, fault);
    slowestMs = Math.max(slowestMs, cost.ms);
    largestBytes = Math.max(largestBytes, cost.bytes);
    await turn();
  }
  const after = await collected();
  const leftBytes = after && before && after - before;
  if (leftBytes && leftBytes > MOST_LEFT_BYTES) {
    fault(`${leftBytes} bytes are left`, new Uint8Array());
  }
  return { inputs: count + VISIT, slowestMs, largestBytes, leftBytes, faults };
}

function inputsOf(target: Target, count: number, random: Random): Uint8Array[] {
  return Array.from({ length: count }, () => hostileMessage(target, random));
}

type Fault = (what: string, input: Uint8Array) => void;

/** Gives inputs to a fresh state, and what is too high again; the most that one took at its best. */
function visit(target: Target, inputs: readonly Uint8Array[], fault: Fault): Cost {
  let costs = attempt(target, inputs, fault);
  for (let again = 0; again < AGAIN && costs.some((cost) => isNotable(cost, target)); again++) {
    const others = attempt(target, inputs, () => {});
    costs = costs.map(({ ms, bytes }, i) => ({
      ms: Math.min(ms, others[i]?.ms ?? Infinity),
      bytes: Math.min(bytes, others[i]?.bytes ?? Infinity),
    }));
  }
  costs.forEach(({ ms, bytes }, i) => {
    if (ms > MOST_MS) fault(`${ms.toFixed(0)} ms`, inputs[i]!);
    if (bytes > target.mostBytes) fault(`${bytes} bytes`, inputs[i]!);
  });
  return {
    ms: Math.max(...costs.map(({ ms }) => ms)),
    bytes: Math.max(...costs.map(({ bytes }) => bytes)),
  };
}

function isNotable({ ms, bytes }: Cost, { mostBytes }: Target): boolean {
  return ms > NOTABLE_MS || bytes > mostBytes;
}

/** What each input cost; the rest of them once one has thrown. */
function attempt(target: Target, inputs: readonly Uint8Array[], fault: Fault): Cost[] {
  const costs: Cost[] = [];
  let last: Uint8Array = new Uint8Array();
  try {
    const reading = target.begin();
    for (const input of inputs) {
      last = input.slice(); // some readers write into what they are given
      const copy = input.slice();
      const before = memory();
      const began = performance.now();
      reading.take(copy);
      costs.push({ ms: performance.now() - began, bytes: memory() - before });
    }
    reading.end?.();
  } catch (error) {
    fault(error instanceof Error ? error.stack ?? error.message : String(error), last);
  }
  return costs;
}

/** Memory that is in use after the collector has been there; unknown where nobody can call it. */
async function collected(): Promise<number | undefined> {
  const collect = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") return;
  collect(); // the first time it finds what the second time is freed
  await turn();
  collect();
  return memory();
}

/** Lets the event loop go on, without which nothing outside the heap is freed. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function toHex(bytes: Uint8Array): string {
  return bytes.subarray(0, SHOWN_BYTES).toHex();
}
