/**
 * Asks a process how loaded it is.
 *
 * @module
 */
import type { NodeLoad } from "../core/fleet.ts";
import { getLogger } from "../core/log.ts";
import { abortedAfter } from "../core/wait.ts";

const logger = getLogger(["pipecat", "runner", "forward"]);

/**
 * Asks for `/readyz`; undefined if nothing answers, or not a runner.
 *
 * @param base The origin of a runner, and the path below which it serves.
 * @param patience How long it may take, in ms.
 */
export async function probe(base: string, patience: number): Promise<NodeLoad | undefined> {
  try {
    const { ok, said } = await abortedAfter(patience, async (signal) => {
      const response = await fetch(`${base}/readyz`, { signal, redirect: "manual" });
      const said: unknown = await response.json();
      return { ok: response.ok, said };
    });
    const load = readLoad(said);
    if (load) return { ...load, ready: ok };
    logger.warn("{base} does not answer GET /readyz as a runner does", { base });
  } catch (error) {
    logger.warn("The process at {base} cannot be reached: {error}", { base, error });
  }
}

/** A proxy that answers in the process's place does not know how many sessions it has. */
function readLoad(said: unknown): Omit<NodeLoad, "ready"> | undefined {
  if (typeof said !== "object" || said === null || !("sessions" in said)) return undefined;
  const sessions = Number(said.sessions);
  if (!(sessions >= 0)) return undefined;
  return {
    sessions,
    promised: "promised" in said ? Number(said.promised) : 0,
    maxSessions: "maxSessions" in said ? Number(said.maxSessions) : Infinity,
  };
}
