/**
 * Whether the client of a call is there: it comes, connects, and falls silent when it is gone.
 *
 * @module
 */

/** How long a client may take. */
export interface PresenceLimits {
  /** From its answer until media can flow, in ms; while a call rings its time stands still. */
  readonly connectTimeoutMs: number;
  /** Without a sign of life, once it has pinged, in ms. */
  readonly pingTimeoutMs: number;
}

/** How a call is while time passes. */
export interface CallState {
  /** Media flows. */
  readonly live: boolean;
  /** The call rings, and is not on its way before somebody has picked it up. */
  readonly held: boolean;
  /** The client has pinged: it is never silent for long. */
  readonly pinged: boolean;
  /** The client has a channel to ping on. */
  readonly hasChannel: boolean;
}

/** Why a client is given up. */
export interface Absence {
  readonly kind: "silent" | "unconnected";
  readonly reason: string;
}

/** What is known of a client. */
export interface Presence {
  /** Resolves with the first sign of the client; never if there is none. */
  readonly reached: Promise<void>;
  /** Something has arrived that only the client can have sent. */
  hear(): void;
  /** The client connects again. */
  restart(): void;
  /** Lets time pass; returns when to give the client up. */
  tick(elapsedMs: number, call: CallState): Absence | undefined;
}

/** A client that has sent nothing for this long after its answer will not come any more, in ms. */
const REACH_MS = 15_000;
/** How long a call may ring before it is picked up, in ms. */
const RING_MS = 60_000;
/**
 * A client without its channel shows its presence by its media, and by its consent every 5 s (RFC
 * 7675): it may be silent for this many times longer.
 */
const PATIENCE_WITHOUT_CHANNEL = 3;

/** Knows nothing of the client yet. */
export function createPresence({ connectTimeoutMs, pingTimeoutMs }: PresenceLimits): Presence {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  let hasCome = false;
  let connectingMs = 0;
  let ringingMs = 0;
  let silentMs = 0;
  return {
    reached,
    hear() {
      silentMs = 0;
      if (hasCome) return;
      hasCome = true;
      resolve();
    },
    restart() {
      connectingMs = 0;
      silentMs = 0;
    },
    tick(elapsedMs, { live, held, pinged, hasChannel }) {
      silentMs += elapsedMs;
      const patience = hasChannel ? 1 : PATIENCE_WITHOUT_CHANNEL;
      if (pinged && silentMs > patience * pingTimeoutMs) {
        return { kind: "silent", reason: "The client fell silent" };
      }
      if (live) return;
      const limitMs = held
        ? RING_MS
        : hasCome
        ? connectTimeoutMs
        : Math.min(REACH_MS, connectTimeoutMs);
      const waitedMs = held ? ringingMs += elapsedMs : connectingMs += elapsedMs;
      if (waitedMs <= limitMs) return;
      const missed = hasCome || held ? "connect" : "come";
      const reason = `The client did not ${missed} within ${limitMs / 1000} s`;
      return { kind: "unconnected", reason };
    },
  };
}
