/**
 * The runner that is fuzzed; a process of its own. What goes wrong in it is told at `/fuzz/state`.
 *
 *   deno run -A --v8-flags=--expose-gc tests/soak/fuzz_server.ts [ENVIRONMENT]
 *
 * An error that nobody catches would end the process; here it is written down, so that one fault does
 * not hide the next.
 */
import { configureSync, type LogRecord } from "@logtape/logtape";
import { Hono } from "hono";
import { createTransport, type RunnerArguments } from "../../mod.ts";
import { MemorySessionStore } from "../../src/ports.ts";
import type { AppEnv } from "../../src/http/env.ts";
import { fileFolder, serve } from "../../src/runtimes/deno.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";

/** What `/fuzz/state` answers with. */
export interface FuzzState {
  readonly sessions: number;
  readonly transports: readonly string[];
  /** The requests that have no answer yet, that for this among them. */
  readonly answering: readonly string[];
  /** Errors and rejections that nobody caught, with how often each came. */
  readonly uncaught: Readonly<Record<string, number>>;
  /** Records of the log at `error` and above, by message, with how often each came. */
  readonly errors: Readonly<Record<string, number>>;
  /** All other records, by message. */
  readonly log: Readonly<Record<string, number>>;
  /** Whether a hostile key got into the prototype of all objects. */
  readonly polluted: boolean;
  readonly rssMB: number;
  readonly heapMB: number;
}

const answering = new Map<string, string>();
const uncaught: Record<string, number> = {};
const errors: Record<string, number> = {};
const log: Record<string, number> = {};
const count = (counts: Record<string, number>, what: string) => {
  if (what in counts || Object.keys(counts).length < 200) counts[what] = (counts[what] ?? 0) + 1;
};
const stackOf = (error: unknown) =>
  error instanceof Error ? (error.stack ?? error.message).slice(0, 700) : String(error);

addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  count(uncaught, stackOf(event.reason));
});
addEventListener("error", (event) => {
  event.preventDefault();
  count(uncaught, stackOf(event.error));
});

configureSync({
  sinks: { counts: record },
  loggers: [
    { category: [], sinks: ["counts"], lowestLevel: "info" },
    { category: ["logtape", "meta"], lowestLevel: "warning" },
  ],
});

function record({ level, rawMessage, properties }: LogRecord): void {
  const message = String(rawMessage);
  if (level !== "error" && level !== "fatal") return count(log, message);
  const { error } = properties;
  count(errors, `${message}${error === undefined ? "" : ` ${stackOf(error)}`}`);
}

/** Says back whatever it hears, answers app messages, and ends when the caller does. */
async function bot(args: RunnerArguments): Promise<void> {
  if (args.transport === "daily" || args.transport === "livekit") return;
  await using transport = await createTransport(args);
  const answering = (async () => {
    for await (const message of transport.rtvi.messages) {
      if (message.type === "client-message") transport.rtvi.respond(message, message.data.d);
      else if (message.type === "send-text") transport.rtvi.refuse(message, message.data.content);
    }
  })();
  await transport.readable.pipeTo(transport.writable);
  await answering;
}

const environment: Record<string, string> = JSON.parse(Deno.args[0] ?? "{}");
const whatsapp = "WHATSAPP_TOKEN" in environment;
const folder = await Deno.makeTempDir();
await Deno.writeTextFile(`${folder}/a.txt`, "a file");
await Deno.writeFile(`${folder}/big.bin`, new Uint8Array(300_000));
await Deno.symlink("/etc/passwd", `${folder}/link`);

const app = new Hono<AppEnv>()
  .post("/echo", async (c) => c.text(await c.req.text().catch(() => "cut")))
  .get("/echo", (c) => c.json({ session: c.var.session?.id ?? null }))
  .get("/fuzz/state", (c) => {
    Reflect.get(globalThis, "gc")?.();
    const { rss, heapUsed } = Deno.memoryUsage();
    const state: FuzzState = {
      sessions: server.runner.sessions.size,
      answering: [...answering.values()],
      transports: [...server.runner.sessions].map(({ transport }) => transport),
      uncaught,
      errors,
      log,
      polluted: "polluted" in {} || "x" in {},
      rssMB: rss / 2 ** 20,
      heapMB: heapUsed / 2 ** 20,
    };
    return c.json(state);
  });

const server = await serve(bot, {
  hostname: "0.0.0.0",
  port: 0,
  app,
  files: fileFolder(folder),
  store: new MemorySessionStore({ maxRecords: 1000, maxSize: 4 << 20 }),
  webrtc: weriftPeers({ connectTimeoutMs: 3000 }),
  environment,
  whatsapp,
  use: [{
    name: "answering",
    async request({ method, url }, answer) {
      const id = crypto.randomUUID();
      answering.set(id, `${method} ${url}`);
      try {
        return await answer();
      } finally {
        answering.delete(id);
      }
    },
  }],
  ...(whatsapp ? { daily: { dialin: true } } : { trustProxy: true }),
});
console.log(server.url);
