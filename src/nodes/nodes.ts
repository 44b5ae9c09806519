/**
 * The processes that requests are forwarded to, and which of them is asked next.
 *
 * @module
 */
import type { Fleet, FleetNode } from "../core/fleet.ts";
import { ownerName } from "./self_routing_id.ts";
import { probe } from "./probe.ts";

/**
 * How long a process that refused a session is skipped, in ms: it takes that long to announce it.
 */
const REFUSED_MS = 1000;
/**
 * How long a process that did not answer is skipped, in ms: longer than an announcement is valid.
 */
const SILENT_MS = 7000;
/**
 * The most processes whose names are remembered, so that a session still leads to one that existed.
 */
const MOST_NAMES = 1000;

/** A process. */
export interface Node {
  readonly origin: string;
  /** How ids name it. */
  readonly name: string;
}

/** The existing processes. */
export interface Nodes {
  /** The process that ids name this way. */
  named(name: string): Promise<Node | undefined>;
  /** The process at an origin. */
  at(origin: string): Promise<Node>;
  /**
   * The least loaded process that is ready for a new session, besides those already tried. The
   * session counts as its own until it announces that itself.
   */
  next(tried: ReadonlySet<string>): Promise<Node | undefined>;
  /** Whether it exists now, as far as is known. */
  lists(node: Node): Promise<boolean>;
  /** Skips a process that refused a session. */
  refused(node: Node): void;
  /** Skips a process that does not answer while another is ready. */
  silent(node: Node): void;
  /** It answered after all. */
  heard(node: Node): void;
  /** Asks it whether it is there, for this many ms. */
  reachable(node: Node, patience: number): Promise<boolean>;
}

/** What was sent to a process since it announced its load. */
interface Sent {
  readonly load: string;
  count: number;
}

/**
 * Makes the processes from what announces them.
 *
 * @param basePath The path below which all of them serve. Default: none.
 */
export function createNodes(read: Fleet["nodes"], basePath = ""): Nodes {
  // On Workers a promise belongs to one request, so this keeps values.
  const known = new Map<string, Node>();
  const passed = new Map<string, { readonly until: number; readonly silent: boolean }>();
  const sent = new Map<string, Sent>();

  async function at(origin: string): Promise<Node> {
    const name = await ownerName(origin);
    const node = known.get(name) ?? { origin, name };
    known.delete(name);
    known.set(name, node);
    if (known.size > MOST_NAMES) known.delete([...known.keys()][0]!); // it has more than that
    return node;
  }

  async function all(): Promise<readonly FleetNode[]> {
    const list = await read();
    const origins = new Set(list.map(({ origin }) => origin));
    const names = new Set([...known.values()].map(({ origin }) => origin));
    for (const origin of origins.difference(names)) await at(origin);
    for (const origin of sent.keys()) if (!origins.has(origin)) sent.delete(origin);
    const now = Date.now();
    for (const [origin, { until }] of passed) if (until <= now) passed.delete(origin);
    return list;
  }

  const sentTo = (node: FleetNode): Sent => {
    const load = `${node.sessions} ${node.promised} ${node.maxSessions}`;
    const before = sent.get(node.origin);
    if (before?.load === load) return before;
    const fresh = { load, count: 0 };
    sent.set(node.origin, fresh);
    return fresh;
  };

  return {
    at,
    async named(name) {
      if (!known.has(name)) await all();
      return known.get(name);
    },

    async next(tried) {
      const ready = (await all()).filter(({ ready, origin }) => ready && !tried.has(origin));
      const first = ready.filter(({ origin }) => !passed.has(origin));
      const silent = ready.filter(({ origin }) => passed.get(origin)?.silent);
      const loads = (first.length > 0 ? first : silent).map((node) => ({
        ...node,
        sent: sentTo(node),
      }));
      const least = leastLoaded(loads);
      if (!least) return undefined;
      least.sent.count++;
      return await at(least.origin);
    },

    lists: async (node) => (await all()).some(({ origin }) => origin === node.origin),
    refused: ({ origin }) => {
      passed.set(origin, { until: Date.now() + REFUSED_MS, silent: false });
    },
    silent: ({ origin }) => {
      passed.set(origin, { until: Date.now() + SILENT_MS, silent: true });
    },
    heard({ origin }) {
      if (passed.get(origin)?.silent) passed.delete(origin);
    },
    reachable: async ({ origin }, patience) =>
      await probe(`${origin}${basePath}`, patience) !== undefined,
  };
}

/** By the share of its sessions that a process has, if each has a maximum, else by their number. */
function leastLoaded<T extends FleetNode & { readonly sent: Sent }>(
  nodes: readonly T[],
): T | undefined {
  const limited = nodes.every(({ maxSessions }) => Number.isFinite(maxSessions));
  const load = ({ sessions, promised, maxSessions, sent }: T) =>
    (sessions + promised + sent.count) / (limited ? maxSessions : 1);
  const least = Math.min(...nodes.map(load));
  const equals = nodes.filter((node) => load(node) === least);
  // Many runners must not all choose the first.
  return equals[Math.floor(Math.random() * equals.length)];
}
