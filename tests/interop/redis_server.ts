/**
 * Real servers of Redis and Valkey, each empty, in memory, and on a port of its own.
 *
 * @module
 */
import { program } from "./debian.ts";

/** Who makes the server. */
export type RedisEngine = "redis" | "valkey";

/** A server that a test may stop and start again. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Ends it as if the machine had lost its power, with all that was in it. */
  kill(): Promise<void>;
  /** Starts it again, empty. */
  start(): Promise<void>;
  /** Lets it hold still, and go on: connections stay, and nothing is answered. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
}

/** How a server is set up. */
export interface RedisServerOptions {
  /** Arguments beside those that it needs, such as `["--requirepass", "secret"]`. */
  readonly args?: readonly string[];
}

/** Starts a server; resolves when it answers. */
export async function startRedis(
  engine: RedisEngine,
  { args = [] }: RedisServerOptions = {},
): Promise<RedisServer> {
  const path = await program(`${engine}-server`);
  const port = freePort();
  const folder = await Deno.makeTempDir(); // a cluster writes down who it is
  let child: Deno.ChildProcess | undefined;
  const kill = async () => {
    child?.kill("SIGKILL");
    await child?.status;
    child = undefined;
  };
  const start = async () => {
    child = new Deno.Command(path, {
      args: ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder, ...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (let i = 0; !await answers(port); i++) {
      if (i > 500) throw new Error(`${path} does not listen on port ${port}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    start,
    signal: (signal) => child?.kill(signal),
    async [Symbol.asyncDispose]() {
      await kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A port that nobody listens on. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

async function answers(port: number): Promise<boolean> {
  try {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.close();
    return true;
  } catch {
    return false; // not yet
  }
}
