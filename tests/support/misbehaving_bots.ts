/**
 * Bots as nobody should write them, beside an echo: which one it is to be, `body.kind` says.
 *
 *   deno run -A mod.ts tests/support/misbehaving_bots.ts
 */
import { Hono } from "hono";
import {
  type AudioFrame,
  createTransport,
  type RunnerArguments,
  type Transport,
} from "../../mod.ts";

/** How long what never ends by itself goes on after its session, in ms: a test has an end. */
const AFTER_MS = 1000;
const MESSAGE = "m".repeat(2000);

/** 100 ms, in samples. */
const SOME = 2205;

/** Silence at a rate that no client has. */
function audio(length: number): AudioFrame {
  return { type: "audio", samples: new Int16Array(length), sampleRate: 22_050, channels: 1 };
}

const sleep = (ms = 0) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What a bot does to the transport that it has made. */
type Misdeed = (transport: Transport, args: RunnerArguments) => Promise<unknown> | void;

/** Repeats something long after the session has ended, as if there were no signal. */
async function regardless({ signal }: RunnerArguments, act: () => unknown): Promise<void> {
  let endedAt = Infinity;
  signal.addEventListener("abort", () => endedAt = performance.now());
  while (performance.now() < endedAt + AFTER_MS) await act();
}

/** The misdeeds, by name. */
export const MISDEEDS = {
  throws() {
    throw new Error("thrown at once");
  },
  rejects: (_transport, args) =>
    regardless(args, async () => {
      void Promise.reject(new Error("rejected, and nobody waits for it"));
      await sleep(30);
    }),
  async throwsInTimers(_transport, { signal }) {
    const timer = setInterval(() => {
      throw new Error("thrown in a timer");
    }, 30);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    clearInterval(timer);
  },
  async throwsInStreams(transport) {
    void transport.readable.pipeThrough(
      new TransformStream({
        transform() {
          throw new Error("thrown in a stream");
        },
      }),
    ).pipeTo(transport.writable);
    await transport.closed;
  },
  neverEnds: (_transport, args) => regardless(args, () => sleep(50)),
  floodsAudio(transport, args) {
    const writer = transport.writable.getWriter();
    return regardless(args, async () => {
      for (let i = 0; i < 20; i++) void writer.write(audio(SOME));
      await sleep();
    });
  },
  floodsPolitely(transport, args) {
    const writer = transport.writable.getWriter();
    return regardless(args, () => writer.write(audio(SOME)));
  },
  floodsHugely(transport, args) {
    const writer = transport.writable.getWriter();
    return regardless(args, async () => {
      void writer.write(audio(500_000));
      await sleep(20);
    });
  },
  floodsMessages: (transport, args) =>
    regardless(args, async () => {
      for (let i = 0; i < 20; i++) transport.rtvi.send("server-message", MESSAGE);
      await sleep();
    }),
  // Waits for its writes, and for nothing else: were they done at once, nobody else would get a turn.
  spins(transport, args) {
    const writer = transport.writable.getWriter();
    return regardless(args, () => writer.write({ type: "message", data: 1 }));
  },
  spinsOnNothing(transport, args) {
    const writer = transport.writable.getWriter();
    return regardless(args, () => writer.write(audio(0)));
  },
  deaf: (_transport, { signal }) =>
    new Promise((resolve) => signal.addEventListener("abort", resolve)),
  async oddStreams(transport, { signal }) {
    await transport.readable.cancel("no use for it");
    await transport.writable.abort("no use for it either");
    const refused = [() => transport.readable.getReader(), () => transport.writable.getWriter()]
      .flatMap((lock) => [lock, lock]).map((lock) => {
        try {
          lock();
        } catch {
          // locked already
        }
      });
    transport.interrupt();
    await Promise.race([transport.drained(), refused.length]);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  },
} satisfies Record<string, Misdeed>;

/** The bots that never touch a transport: what they do to the bare socket. */
export const SOCKET_MISDEEDS = {
  deafToTheSocket: ({ signal }) =>
    new Promise((resolve) => signal.addEventListener("abort", resolve)),
  floodsTheSocket(args) {
    if (!("websocket" in args)) return Promise.resolve();
    const { websocket } = args;
    return regardless(args, async () => {
      for (let i = 0; i < 4; i++) websocket.send(MESSAGE.repeat(20));
      await sleep();
    });
  },
  floodsTheSocketsStream(args) {
    if (!("websocket" in args)) return Promise.resolve();
    const writer = args.websocket.writable.getWriter();
    return regardless(args, async () => {
      for (let i = 0; i < 4; i++) void writer.write(MESSAGE.repeat(20));
      await sleep();
    });
  },
} satisfies Record<string, (args: RunnerArguments) => Promise<unknown>>;

/** Tells how much memory the process takes, in MB. */
export const app: Hono = new Hono().get("/memory", (c) => c.json(Deno.memoryUsage().rss / 2 ** 20));

/** Does what `body.kind` says, or says back what it hears. */
export async function bot(args: RunnerArguments): Promise<void> {
  const kind = kindOf(args.body);
  if (isOf(SOCKET_MISDEEDS, kind)) return void await SOCKET_MISDEEDS[kind](args);
  await using transport = await createTransport(args);
  if (isOf(MISDEEDS, kind)) {
    const misdeed: Misdeed = MISDEEDS[kind];
    return void await misdeed(transport, args);
  }
  await transport.readable.pipeTo(transport.writable);
}

function kindOf(body: unknown): string {
  return typeof body === "object" && body !== null && "kind" in body ? String(body.kind) : "";
}

function isOf<T extends object>(table: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(table, key);
}
