/**
 * The processes that have the media, as a runner in front of them sees them.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import { ownerName } from "./self_routing_id.ts";

const logger = getLogger(["pipecat", "runner", "forward"]);

/** How long what a node has said of its load is believed, in ms. */
const FRESH_MS = 1000;
/** How long a node that could not be reached is not asked again while others are ready, in ms. */
const UNREACHABLE_MS = 5000;
/** How long a node may take to say whether it is ready, in ms. */
const PROBE_MS = 1000;
/** The same, before its sessions are given up, in ms. */
const LAST_PROBE_MS = 5000;

/** A process that has media. */
export interface MediaNode {
  readonly origin: string;
  /** How ids name it. */
  readonly name: string;
}

/** The processes that have media. */
export interface MediaNodes {
  /** The node that ids name so. */
  named(name: string): Promise<MediaNode | undefined>;
  /**
   * The least loaded node that is ready for a new session, besides those that were tried. The session
   * is counted as the node's until that tells of it itself.
   */
  next(tried: ReadonlySet<MediaNode>): Promise<MediaNode | undefined>;
  /** Passes by a node that has refused a session, until it says again that it is ready. */
  refused(node: MediaNode): void;
  /** Asks a node again; whatever it answers, it can be reached. */
  reachable(node: MediaNode): Promise<boolean>;
}

/** What a node last said. */
interface Look {
  readonly until: number;
  state: "ready" | "busy" | "unreachable";
  readonly maxSessions: number;
  sessions: number;
}

/** Makes the nodes of their origins. */
export function mediaNodes(origins: readonly string[]): MediaNodes {
  const list = [...new Set(origins)];
  // On Workers a promise belongs to one request, so what is kept here are values.
  let nodes: MediaNode[] | undefined;
  const looks = new Map<string, Look>();
  async function all(): Promise<MediaNode[]> {
    const make = async (origin: string) => ({ origin, name: await ownerName(origin) });
    const made = nodes ?? await Promise.all(list.map(make));
    return nodes ??= made;
  }

  const known = ({ origin }: MediaNode): Look | undefined => {
    const look = looks.get(origin);
    return look && look.until > Date.now() ? look : undefined;
  };

  async function look(node: MediaNode, patience = PROBE_MS): Promise<Look> {
    const found = await probe(node.origin, patience);
    // Of several that asked at once the first has counted a session already.
    const look = known(node)?.state === found.state ? known(node) ?? found : found;
    looks.set(node.origin, look);
    return look;
  }

  return {
    named: async (name) => (await all()).find((node) => node.name === name),

    async next(tried) {
      const nodes = await all();
      const asked = nodes.filter((node) => !known(node));
      await Promise.all(asked.map((node) => look(node)));
      const ready = () =>
        nodes.flatMap((node) => {
          const look = looks.get(node.origin);
          return look?.state === "ready" && !tried.has(node) ? [{ node, look }] : [];
        });
      // With nothing else at hand, one that has just come back is not kept waiting.
      if (ready().length === 0) {
        const others = nodes.filter((node) => !asked.includes(node) && !tried.has(node));
        await Promise.all(others.map((node) => look(node)));
      }
      const least = leastLoaded(ready());
      if (least) least.look.sessions++;
      return least?.node;
    },

    refused({ origin }) {
      const look = looks.get(origin);
      if (look) look.state = "busy";
    },

    reachable: async (node) => (await look(node, LAST_PROBE_MS)).state !== "unreachable",
  };
}

/** By the part of its sessions that a node has, where each has a maximum, else by their number. */
function leastLoaded<T extends { readonly look: Look }>(nodes: readonly T[]): T | undefined {
  const limited = nodes.every(({ look }) => Number.isFinite(look.maxSessions));
  const load = ({ look }: T) => look.sessions / (limited ? look.maxSessions : 1);
  const least = Math.min(...nodes.map(load));
  const equals = nodes.filter((node) => load(node) === least);
  // Many runners must not all choose the first.
  return equals[Math.floor(Math.random() * equals.length)];
}

async function probe(origin: string, patience: number): Promise<Look> {
  try {
    const signal = AbortSignal.timeout(patience);
    const response = await fetch(`${origin}/readyz`, { signal, redirect: "manual" });
    // One in front of the node, which answers in its place, does not know how many sessions it has.
    const said: unknown = await response.json();
    if (typeof said === "object" && said !== null) {
      const promised = "promised" in said ? Number(said.promised) : 0;
      const sessions = "sessions" in said ? Number(said.sessions) + promised : NaN;
      const maxSessions = "maxSessions" in said ? Number(said.maxSessions) : Infinity;
      const state = response.ok ? "ready" : "busy";
      if (sessions >= 0) return { until: Date.now() + FRESH_MS, state, sessions, maxSessions };
    }
    logger.warn("What {origin} answers to GET /readyz is not a runner's", { origin });
  } catch (error) {
    logger.warn("Media node {origin} cannot be reached: {error}", { origin, error });
  }
  const until = Date.now() + UNREACHABLE_MS;
  return { until, state: "unreachable", sessions: 0, maxSessions: Infinity };
}
