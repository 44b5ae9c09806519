import { type Settings, startHeaders } from "./settings.ts";

/** Where a bot failed. */
export interface FaultPlace {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** The lines around it, of which the first has this number. */
  readonly source: readonly string[];
  readonly firstLine: number;
}

/** What the runner has logged in a session. */
export interface SessionLog {
  readonly lines: readonly string[];
  /** How the bot failed, if it did. */
  readonly fault?: {
    readonly message: string;
    readonly stack: string;
    readonly place?: FaultPlace;
  };
}

/** Asks for the log of a session; undefined where the runner shows it to nobody here. */
export async function askLog(
  sessionId: string,
  settings: Settings,
): Promise<SessionLog | undefined> {
  const url = new URL(`../logs/${encodeURIComponent(sessionId)}`, document.baseURI);
  try {
    const response = await fetch(url, { cache: "no-store", headers: startHeaders(settings) });
    return response.ok ? await response.json() as SessionLog : undefined;
  } catch {
    return undefined; // the runner has gone
  }
}
