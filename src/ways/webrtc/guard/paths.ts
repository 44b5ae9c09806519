/**
 * Which of several paths to a client to send on (RFC 8445 §8.1.1 and §12, RFC 7675).
 *
 * A path is a pair of addresses on which the client was authenticated. The controlling side chooses
 * one by nominating it, and may choose another at any time: the latest choice counts. When the
 * chosen path falls silent, though another one answers, that one is used at once; the client's own
 * decision takes seconds.
 *
 * @module
 */

/** A path to the client. */
export interface Path {
  /** The preference that both sides compute for the pair of addresses (RFC 8445 §6.1.2.3). */
  readonly priority: bigint;
  /** How long answers take, in ms; 0 while unknown. */
  readonly roundTripMs: number;
  /** Whether the client has answered a check of ours on it: nobody can have forged its address. */
  valid: boolean;
  /** When it last answered one, in ms of the monotonic clock. */
  answeredAt: number;
  /** Rises with each nomination; 0 for a path that was never nominated. */
  nomination: number;
  /** Whether to use the path as soon as it answers. */
  wanted: boolean;
  /** Whether anything came on it since the last beat. */
  heard: boolean;
  /** For how long nothing has come on it, in ms; only counted on the chosen path. */
  silentMs: number;
}

/** What a choice leads to. */
export interface PathActions<P extends Path> {
  /** Sends on this path from now on. */
  readonly use: (path: P) => void;
  /** Sends a check that is soon answered or not. {@link Paths.answered} also gets the answer. */
  readonly probe: (path: P) => Promise<boolean>;
  /** All paths that are known. */
  readonly all: () => Iterable<P>;
}

/** The choice among paths. */
export interface Paths<P extends Path> {
  /** The path that is sent on; absent before the first nomination. */
  readonly chosen: P | undefined;
  /** The first nomination has succeeded. */
  begin(path: P): void;
  /** The client nominates a path. */
  nominated(path: P): void;
  /** Media or a part of the handshake came on a path. */
  heard(path: P): void;
  /** The client has answered a check of ours. */
  answered(path: P): void;
  /** Lets {@link BEAT_MS} pass. */
  beat(): void;
  /** Forgets the choice. */
  reset(): void;
}

/** How often {@link Paths.beat} is called, in ms. */
export const BEAT_MS = 100;
/** A client that speaks sends every 20 ms; a silent one is asked after this time. */
const SILENT_MS = 300;
/** The others are asked too if the answer is late by this much, in ms and in round trips. */
const LATE_ANSWER_MS = 200;
const LATE_ANSWER_TRIPS = 1.5;
/** How often they are asked again while nothing comes at all, at first and later. */
const RETRY_MS = 500;
const LATER_RETRY_MS = 2500;
const LATER_MS = 5000;
/**
 * Within this time after the first choice, clients of RFC 5245 nominate all pairs: the best of them
 * counts, not the last.
 */
const SETTLING_MS = 1000;
/** An answer at most this old proves that a path works. */
const FRESH_MS = 1000;
/** How many other paths are asked at once. */
const MAX_PROBES = 4;

/** Makes a choice among paths that are yet to be found. */
export function createPaths<P extends Path>(
  { use, probe, all }: PathActions<P>,
  now: () => number = () => performance.now(),
): Paths<P> {
  let chosen: P | undefined;
  let begunAt = 0;
  let nominations = 0;

  const choose = (path: P) => {
    path.wanted = false;
    path.silentMs = 0;
    if (path === chosen) return;
    chosen = path;
    use(path);
  };
  /** Chooses a path once it has proved that it works. */
  const want = async (path: P) => {
    if (path === chosen || path.wanted) return;
    if (path.valid && now() - path.answeredAt < FRESH_MS) return choose(path);
    path.wanted = true;
    // Else the check is on its way that every request from a new address leads to.
    if (path.valid && !await probe(path)) path.wanted = false;
  };
  const askOthers = (silent: P) => {
    const others = [...all()].filter((path) => path.valid && path !== silent);
    others.sort((a, b) => b.nomination - a.nomination || (b.priority > a.priority ? 1 : -1));
    void probe(silent);
    for (const path of others.slice(0, MAX_PROBES)) {
      void probe(path).then((answers) => {
        if (answers && chosen === silent && isLost(silent) && !silent.heard) choose(path);
      });
    }
  };

  return {
    get chosen() {
      return chosen;
    },
    begin(path) {
      begunAt = now();
      choose(path);
    },
    nominated(path) {
      path.nomination = ++nominations;
      if (!chosen) return;
      const settling = now() - begunAt < SETTLING_MS;
      if (!settling || path.priority >= chosen.priority) void want(path);
    },
    heard(path) {
      path.heard = true;
      if (path === chosen || !chosen) return;
      // The client itself sends on the path that it has nominated later.
      if (path.nomination > chosen.nomination) void want(path);
    },
    answered(path) {
      path.valid = true;
      path.heard = true;
      path.answeredAt = now();
      if (!path.wanted) return;
      path.wanted = false;
      // Unless the client has changed its mind meanwhile.
      if (chosen && path.nomination > chosen.nomination) choose(path);
    },
    beat() {
      if (!chosen) return;
      if (chosen.heard) {
        chosen.heard = false;
        chosen.silentMs = 0;
        return;
      }
      // Beats are counted instead of the clock: a stall of this process is not silence of the path.
      const silentMs = chosen.silentMs += BEAT_MS;
      const every = silentMs < LATER_MS ? RETRY_MS : LATER_RETRY_MS;
      if (silentMs === SILENT_MS) void probe(chosen);
      else if (isLost(chosen) && (silentMs - lostMs(chosen)) % every === 0) askOthers(chosen);
    },
    reset() {
      chosen = undefined;
    },
  };
}

/** After how long a silence a path counts as lost. */
function lostMs({ roundTripMs }: Path): number {
  const late = Math.max(LATE_ANSWER_MS, LATE_ANSWER_TRIPS * roundTripMs);
  return SILENT_MS + Math.ceil(late / BEAT_MS) * BEAT_MS;
}

function isLost(path: Path): boolean {
  return path.silentMs >= lostMs(path);
}
