/**
 * The bot of a fleet under test: it says back what it hears, and tells what runs.
 *
 * @module
 */
import { Hono } from "hono";
import type { RunnerArguments } from "../../../src/core/bot.ts";
import type { AppEnv } from "../../../src/http/env.ts";
import type { Feature } from "../../../src/features/feature.ts";
import type { ServeOptions } from "../../../src/runtimes/serve_options.ts";
import { createTransport } from "../../../src/transports/create.ts";

/** A session as its process tells of it at `GET /running`. */
export interface Running {
  readonly sessionId: string;
  readonly callId?: string;
}

const running = new Map<string, Running>();

/** Says back what it hears. */
export async function bot(args: RunnerArguments): Promise<void> {
  const { sessionId } = args;
  const call = "callData" in args ? { callId: args.callData.callId } : {};
  running.set(sessionId, { sessionId, ...call });
  try {
    await using transport = await createTransport(args);
    await transport.readable.pipeTo(transport.writable);
  } finally {
    running.delete(sessionId);
  }
}

/** Tells what runs: all at `GET /running`, and below a session whether that does. */
const where: Feature = {
  name: "where",
  serve: () => ({
    routes: new Hono<AppEnv>().get("/running", (c) => c.json([...running.values()])),
    sessionRoutes: new Hono<AppEnv>().get("/where", (c) => {
      const { id = "" } = c.env.session ?? {};
      return c.json({ id, running: running.has(id) });
    }),
  }),
};

/** The options of the bot, here and where the command line serves it. */
export const options: Pick<ServeOptions, "use" | "limits"> = {
  use: [where],
  limits: { maxLoopLagMs: false }, // all of a test shares a few cores
};
