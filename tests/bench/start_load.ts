/**
 * `POST /start`, as often as a server answers it.
 */
import { cpuSeconds, request } from "./process.ts";

const CONNECTIONS = 8;
const LOAD_MS = 3000;

/** How many starts a server has answered. */
export interface Starts {
  readonly perSecond: number;
  /** For each second of the CPU that the server has used. */
  readonly perCpu: number;
}

/** Asks for sessions over a few connections, each one request at a time. */
export async function loadStarts(origin: string, pid: number): Promise<Starts> {
  const port = Number(new URL(origin).port);
  const bytes = new TextEncoder().encode(
    request("POST", "/start", `{"transport":"webrtc","body":{"user":"u1"}}`),
  );
  const until = performance.now() + LOAD_MS;
  const before = cpuSeconds(pid);
  const began = performance.now();
  let answered = 0;
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    const buffer = new Uint8Array(4096);
    while (performance.now() < until) {
      await connection.write(bytes);
      const read = await connection.read(buffer);
      if (read === null) throw new Error("The server hung up.");
      if (buffer[9] !== 50) {
        throw new Error("Not a 200.");
      }
      // Some servers send the body behind the head.
      if (buffer[read - 1] !== 125) await connection.read(buffer);
      answered++;
    }
  }));
  const seconds = (performance.now() - began) / 1000;
  return { perSecond: answered / seconds, perCpu: answered / (cpuSeconds(pid) - before) };
}
