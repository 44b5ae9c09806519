/**
 * What was logged in each session, and how its bot failed: for the page, which shows it to the
 * bot's author.
 *
 * @module
 */
import type { LogRecord } from "@logtape/logtape";
import type { Context } from "hono";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { RunnerError } from "../core/error.ts";
import { printableLine, printableLines } from "../core/printable.ts";
import type { Feature } from "../features/feature.ts";
import type { AppEnv } from "../http/env.ts";
import { noSharing } from "../http/files.ts";
import { createRoutes } from "../http/hono.ts";
import type { StartTokenCheck } from "../http/start_token.ts";
import { AgedMap } from "../sessions/aged_map.ts";
import { currentSession, formatRecord } from "./log.ts";
import type { Redact } from "./redact.ts";
import { plain } from "./style.ts";

/** How many lines of a session are kept, and of how many sessions. */
const MOST_LINES = 200;
const MOST_SESSIONS = 50;
/** The longest line, in characters. */
const LONGEST_LINE = 2000;
/** How many lines of the source are shown before and after the one that failed. */
const AROUND = 3;
/** The runner's own code: the fault is rarely here. */
const OWN = new URL("../", import.meta.url).href;

/** Where a bot failed. */
export interface FaultPlace {
  /** From the working directory. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** The lines around it; empty if the file cannot be read. */
  readonly source: readonly string[];
  /** The number of the first of them. */
  readonly firstLine: number;
}

/** How a bot failed. */
export interface Fault {
  readonly message: string;
  readonly stack: string;
  readonly place?: FaultPlace;
}

interface SessionLog {
  readonly lines: string[];
  fault?: Fault;
}

/** What the logs are made of. */
export interface SessionLogsOptions {
  readonly redact: Redact;
  /** Whether a request from elsewhere may read them. Default: none may. */
  readonly isToken?: StartTokenCheck;
}

/** The logs of the latest sessions. */
export interface SessionLogs {
  /** Serves them at `/logs/:sessionId`, to this machine and to who has the start token. */
  readonly feature: Feature;
  /** Takes a line of the log. */
  record(record: LogRecord): void;
  /** Captures what the bots print, too, from now on. */
  watchConsole(): void;
  /** Shows what other processes have logged as well, and lets them show what this one has. */
  join(others: OtherLogs): void;
}

/** The logs of the other processes on this port. */
export interface OtherLogs {
  /** Lets them read those of this one. */
  offer(read: (sessionId: string) => unknown): void;
  /** What one of them has about a session; undefined if none has anything. */
  find(sessionId: string): Promise<unknown>;
}

/** Makes the logs of a command line. */
export function createSessionLogs({ redact, isToken }: SessionLogsOptions): SessionLogs {
  const logs = new AgedMap<SessionLog>();
  let others: OtherLogs | undefined;
  const logOf = (id: string): SessionLog => {
    const known = logs.get(id);
    if (known) return known;
    const log: SessionLog = { lines: [] };
    logs.set(id, log);
    if (logs.size > MOST_SESSIONS && logs.oldest) logs.delete(logs.oldest.key);
    return log;
  };
  const add = (id: string, text: string) => {
    const { lines } = logOf(id);
    lines.push(...redact(text).split("\n").map((line) => line.slice(0, LONGEST_LINE)));
    if (lines.length > MOST_LINES) lines.splice(0, lines.length - MOST_LINES);
  };

  const mayRead = async (c: Context<AppEnv>): Promise<boolean> => {
    const { isLocalRequest } = await import("../http/local_request.ts"); // nobody asks at the start
    if (isLocalRequest(c.req.raw, c.env.client?.())) return true;
    const token = /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    return token !== undefined && await (isToken?.(token) ?? false);
  };
  const routes = createRoutes().use("/logs/*", noSharing).get("/logs/:id", async (c) => {
    const id = c.req.param("id");
    const log = await mayRead(c) ? logs.get(id) ?? await others?.find(id) : undefined;
    if (!log) throw new RunnerError("unknown_session", "This runner has no log of that session.");
    return c.json(log, 200, { "cache-control": "no-store" });
  });

  return {
    feature: {
      name: "session logs",
      routes,
      async session({ id }, run) {
        const end = await run();
        if (end.outcome === "failed") logOf(id).fault = faultOf(end.error, redact);
        return end;
      },
    },
    record(record) {
      const { sessionId } = record.properties;
      if (typeof sessionId !== "string") return;
      add(sessionId, formatRecord(record, { terminal: true, style: plain, verbose: 0 }).trim());
    },
    join(joined) {
      others = joined;
      joined.offer((id) => logs.get(id));
    },
    watchConsole() {
      for (const name of ["log", "info", "warn", "error", "debug"] as const) {
        const print = console[name].bind(console);
        console[name] = (...values: unknown[]) => {
          const id = currentSession();
          if (id !== undefined) add(id, printableLines(format(...values)));
          print(...values);
        };
      }
    },
  };
}

function faultOf(error: unknown, redact: Redact): Fault {
  if (!(error instanceof Error)) {
    return { message: redact(printableLine(format(error))), stack: "" };
  }
  const stack = String(error.stack).split("\n").filter((line) => /^\s+at /.test(line));
  const place = placeOf(stack);
  return {
    message: redact(printableLine(`${error.name}: ${error.message}`)),
    stack: redact(stack.map((line) => printableLine(line.trim())).join("\n")),
    ...(place ? { place } : {}),
  };
}

/** The first place in the user's own code. */
function placeOf(stack: readonly string[]): FaultPlace | undefined {
  const places = stack.flatMap((frame) => {
    const [, url = "", line, column] = /(file:\/\/\S+?):(\d+):(\d+)\)?$/.exec(frame) ?? [];
    return url === "" ? [] : [{ url, line: Number(line), column: Number(column) }];
  });
  const found = places.find(({ url }) => !url.startsWith(OWN) && !url.includes("/node_modules/")) ??
    places[0];
  if (!found) return undefined;
  const { url, line, column } = found;
  const path = fileURLToPath(url);
  const text = readSource(path);
  const first = Math.max(0, line - 1 - AROUND);
  const source = text.split("\n").slice(first, line + AROUND).map((line) => line.slice(0, 300));
  return {
    file: relative(Deno.cwd(), path),
    line,
    column,
    source: text === "" ? [] : source,
    firstLine: first + 1,
  };
}

/** Reads at once: a page asks for a fault as soon as its session has ended. */
function readSource(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // it is gone, or may not be read
  }
}
