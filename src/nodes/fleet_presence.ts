/**
 * Keeps a process and its sessions known to the others of its fleet.
 *
 * @module
 */
import { type Clock, hostClock } from "../core/clock.ts";
import { CLAIM_MS, type Fleet, type NodeLoad } from "../core/fleet.ts";

/** How often a process announces itself, in ms: three times while an announcement is valid. */
const ANNOUNCE_MS = 2_000;
/** How often claims are renewed, in ms: three times while they are valid. */
const CLAIM_AGAIN_MS = 20_000;
/** How soon the others hear of a change, in ms; a change of readiness is announced at once. */
const SOON_MS = 100;
/** The most claims that are renewed at one time. */
const CLAIMS_AT_ONCE = 100;

/**
 * A process in its fleet. Nothing here throws or blocks: what did not reach the fleet is sent
 * again.
 */
export interface FleetPresence {
  /** The load may have changed. */
  changed(): void;
  /** The process now has a session or a peer. */
  claim(id: string): void;
  /** The process no longer has it. */
  release(id: string): void;
  /** Removes the process and its claims from the fleet; resolves when the others know. */
  close(): Promise<void>;
}

/** What a {@link FleetPresence} needs. */
export interface FleetPresenceOptions {
  /** The fleet, which answers in time. */
  readonly fleet: Fleet;
  /** The origin at which the others reach the process. */
  readonly origin: string;
  /** Whether the fleet counts places of sessions. */
  readonly counted?: boolean;
  /** Returns how loaded it is. */
  load(): NodeLoad;
  /** The clock; given by tests. */
  readonly clock?: Clock;
}

/**
 * Announces a process from now on. A fleet that was away, or came back empty, knows the process and
 * all its sessions at most two seconds later.
 */
export function fleetPresence(options: FleetPresenceOptions): FleetPresence {
  const { fleet, origin, load, counted = false, clock = hostClock } = options;
  const claims = new Set<string>();
  let claimedAt = clock.now();
  /** Set while something has not reached the fleet. */
  let missed = false;
  let told: NodeLoad | undefined;
  let closed = false;
  let stop: (() => void) | undefined;
  let beating: Promise<void> | undefined;

  const reach = async (call: Promise<unknown>): Promise<boolean> => {
    const reached = await call.then(() => true, () => false); // whoever bounds the fleet has logged it
    missed ||= !reached;
    return reached;
  };

  /** Whether the fleet has forgotten what it was sent. */
  async function forgot(): Promise<boolean> {
    const [oldest] = claims;
    if (oldest === undefined) return false;
    return await fleet.owner(oldest).then(
      (owner) => owner === undefined && claims.has(oldest),
      () => false,
    );
  }

  /** A session may have moved: then the claim is another process's, and the place. */
  async function releaseOwn(id: string): Promise<void> {
    if (await fleet.owner(id) !== origin) return;
    await Promise.all([fleet.release(id), counted ? fleet.free?.(id) : undefined]);
  }

  /** Claims a session, and keeps its place. */
  async function tell(id: string): Promise<void> {
    const place = { ms: CLAIM_MS, kind: "session" } as const;
    await Promise.all([fleet.claim(id, origin), counted ? fleet.hold?.(id, place) : undefined]);
  }

  async function claimAll(): Promise<void> {
    claimedAt = clock.now();
    const ids = [...claims];
    for (let i = 0; i < ids.length && !missed; i += CLAIMS_AT_ONCE) {
      const batch = ids.slice(i, i + CLAIMS_AT_ONCE).filter((id) => claims.has(id));
      await Promise.all(batch.map((id) => reach(tell(id))));
    }
  }

  async function announce(): Promise<void> {
    told = load();
    const before = missed;
    missed = false;
    if (!await reach(fleet.announce({ origin, ...told }))) return;
    const due = clock.now() - claimedAt >= CLAIM_AGAIN_MS;
    if (before || due || await forgot()) await claimAll();
  }

  function beat(): void {
    stop?.();
    stop = clock.schedule(beat, ANNOUNCE_MS);
    // A claim on its way has what was true when it was sent.
    beating ??= announce().finally(() => {
      beating = undefined;
      if (!closed && told && isOther(told, load())) soon();
    });
  }

  function soon(): void {
    stop?.();
    stop = clock.schedule(beat, told?.ready === load().ready ? SOON_MS : 0);
  }

  beat();
  return {
    changed() {
      if (!closed && !beating && told && isOther(told, load())) soon();
    },
    claim(id) {
      claims.add(id);
      void reach(tell(id));
    },
    release(id) {
      if (claims.delete(id)) releaseOwn(id).catch(() => {}); // it expires by itself
    },
    async close() {
      closed = true;
      stop?.();
      await beating;
      const left = [...claims];
      claims.clear();
      await Promise.allSettled([fleet.withdraw(origin), ...left.map(releaseOwn)]);
    },
  };
}

function isOther(a: NodeLoad, b: NodeLoad): boolean {
  return a.ready !== b.ready || a.sessions !== b.sessions || a.promised !== b.promised ||
    a.maxSessions !== b.maxSessions;
}
