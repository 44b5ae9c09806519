/** What the runner says of itself. */
export interface RunnerStatus {
  /** The ways to the bot that are on. */
  readonly enabled: readonly string[];
  /** The names of its bots; empty where it has one. */
  readonly bots: readonly string[];
  /** Whether it tells of changes of the bot's code. */
  readonly watched: boolean;
}

const WATCHED = "x-pipecat-watch";

/** Asks the runner what it can do; undefined when it does not answer. */
export async function askStatus(): Promise<RunnerStatus | undefined> {
  try {
    const response = await fetch(new URL("../status", document.baseURI), { cache: "no-store" });
    const { transports, bots }: { transports?: unknown; bots?: unknown } = await response.json();
    return Array.isArray(transports)
      ? { enabled: names(transports), bots: names(bots), watched: response.headers.has(WATCHED) }
      : undefined;
  } catch {
    return undefined; // gone, or no runner
  }
}

function names(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((name) => typeof name === "string") : [];
}

/** The name of the bot whose page this is; undefined where the runner has one bot. */
export function currentBot(bots: readonly string[]): string | undefined {
  const [name] = location.pathname.split("/").slice(-3);
  return bots.find((bot) => bot === name) ?? bots[0];
}
