/**
 * What a process tells its fleet of itself: how loaded it is, and whose sessions it has.
 *
 * @module
 */
import type { Fleet } from "../core/fleet.ts";
import type { Load } from "../core/load.ts";

/** How often a process tells how loaded it is, in ms. */
const BEAT_MS = 2000;
/** How often it claims its sessions again, in beats. */
const CLAIM_BEATS = 10;
/** How long after it was told its readiness is told again, in ms: near a limit it changes often. */
const PAUSE_MS = 50;

/** Tells a fleet of one process. None of it throws. */
export interface FleetBeat {
  /** Begins to tell. */
  begin(): void;
  /** Whether it takes sessions may have changed. */
  changed(): void;
  /** Claims a session for as long as it runs. */
  claim(id: string): void;
  /** Ends a claim. */
  release(id: string): void;
  /** Takes the process out of the fleet. */
  close(): Promise<void>;
}

/** Makes what tells. */
export function fleetBeat(fleet: Fleet, origin: string, load: () => Load): FleetBeat {
  const claims = new Set<string>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let announcing: Promise<void> | undefined;
  let told: boolean | undefined;
  let beats = 0;
  let down = false;
  let closed = false;

  const claimAll = () => {
    for (const id of claims) void fleet.claim(id, origin).catch(ignore);
  };

  async function announce(): Promise<void> {
    const { status, sessions, promised, maxSessions = Infinity } = load();
    const ready = status === "ready";
    told = ready;
    try {
      await fleet.announce({ origin, ready, sessions, promised, maxSessions });
      if (down) claimAll(); // it may have come back empty
      down = false;
    } catch {
      down = true; // which the fleet's bounds have logged
    }
  }

  const tell = (): Promise<void> =>
    announcing ??= announce().finally(() => {
      announcing = undefined;
    });

  /** Tells whether it is ready where that is not known, once the last word of it is some time ago. */
  const tellReadiness = () => {
    if (closed || pause || (load().status === "ready") === told) return;
    void tell().then(() => {
      if (closed) return;
      pause = setTimeout(() => {
        pause = undefined;
        tellReadiness();
      }, PAUSE_MS);
    });
  };

  /** It may run elsewhere by now. */
  async function release(id: string): Promise<void> {
    if (await fleet.owner(id) === origin) await fleet.release(id);
  }

  const begun = () => timer !== undefined && !closed;
  return {
    begin() {
      if (timer !== undefined || closed) return;
      timer = setInterval(() => {
        void tell();
        if (++beats % CLAIM_BEATS === 0) claimAll();
      }, BEAT_MS);
      void tell();
    },
    changed() {
      if (begun()) tellReadiness();
    },
    claim(id) {
      claims.add(id);
      void fleet.claim(id, origin).catch(ignore);
    },
    release(id) {
      if (claims.delete(id)) void release(id).catch(ignore);
    },
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      clearTimeout(pause);
      await announcing; // or what it says would stand after all
      if (timer === undefined) return;
      const rest = [...claims].map(release);
      await Promise.allSettled([fleet.withdraw(origin), ...rest]);
    },
  };
}

/** What the fleet does not take is claimed again when it is back. */
function ignore(): void {}
