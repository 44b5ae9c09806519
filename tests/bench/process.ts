/**
 * Servers under measurement: launched as processes of their own, read through /proc.
 */

/** A launched server. */
export interface Launched extends AsyncDisposable {
  readonly origin: string;
  readonly pid: number;
  /** From launch to the first 200 on `GET /status`, in ms. */
  readonly launchMs: number;
}

/** What a server is launched with. */
export interface LaunchOptions {
  /** Default: this Deno. */
  readonly command?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How it is ended. Default: SIGKILL; a server with children wants to end them. */
  readonly end?: Deno.Signal;
}

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr; // a TCP listener has one
  listener.close();
  return port;
}

/** Launches a server and waits for its first answer. */
export async function launch(
  args: readonly string[],
  port: number,
  { command = Deno.execPath(), env = {}, end = "SIGKILL" }: LaunchOptions = {},
): Promise<Launched> {
  const origin = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const child = new Deno.Command(command, {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdout: "null",
    stderr: "null",
  }).spawn();
  for (;;) {
    if (performance.now() - began > 20_000) throw new Error("The server did not start.");
    const answered = await answers(port);
    if (answered) break;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return {
    origin,
    pid: child.pid,
    launchMs: performance.now() - began,
    async [Symbol.asyncDispose]() {
      child.kill(end);
      await child.status;
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode(request("GET", "/status")));
    const buffer = new Uint8Array(64);
    const read = await connection.read(buffer);
    return new TextDecoder().decode(buffer.subarray(0, read ?? 0)).startsWith("HTTP/1.1 200");
  } catch {
    return false; // not listening yet
  }
}

/** An HTTP/1.1 request as text. */
export function request(method: string, path: string, body = ""): string {
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\n\r\n${body}`;
}

/** Resident memory of a process, in MB. */
export function residentMemory(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  return Number(kilobytes) / 1024;
}

/** CPU seconds that a process has used. */
export function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The least value that is not smaller than a part `q` of all. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}

/** The middle, the least and the most of some figures. */
export function spread(values: readonly number[]): { median: number; min: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: sorted[Math.floor(sorted.length / 2)] ?? NaN,
    min: sorted[0] ?? NaN,
    max: sorted.at(-1) ?? NaN,
  };
}
