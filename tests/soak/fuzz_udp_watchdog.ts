/**
 * A worker that ends the fuzzer when an input is never done with. It is told of each progress.
 */

/** What is being done. */
export interface Progress {
  readonly target: string;
  /** Inputs that are done. */
  readonly done: number;
  readonly seed: number;
}

const MOST_MS = 20_000;
const LOOK_MS = 1000;

let latest: Progress | undefined;
let heardAt = performance.now();
addEventListener("message", (event) => {
  if (event instanceof MessageEvent) latest = event.data;
  heardAt = performance.now();
});
setInterval(() => {
  if (!latest || performance.now() - heardAt < MOST_MS) return;
  const { target, done, seed } = latest;
  console.log(`FAULT ${target}: an input after ${done} is never done with; seed ${seed}`);
  Deno.kill(Deno.pid, "SIGKILL"); // what hangs cannot be asked to end
}, LOOK_MS);
