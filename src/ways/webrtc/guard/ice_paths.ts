/**
 * The addresses that a client was authenticated on, and werift's pairs of candidates for them.
 *
 * @module
 */
import type { CandidatePair, Connection, Protocol } from "werift";
import type { Path } from "./paths.ts";
import type { Wire } from "./wire.ts";

/** A path through one of our sockets. */
export interface IcePath extends Path {
  readonly wire: Wire<IcePath>;
  /** The client's address, as the socket spells it. */
  readonly host: string;
  readonly port: number;
  /** What werift has for it; absent before werift has seen a check from there. */
  pair: CandidatePair | undefined;
  /** When the client last sent a check on it. */
  checkedAt: number;
}

/** All paths of a call. */
export interface IcePaths {
  readonly wires: Map<Protocol, Wire<IcePath>>;
  all(): Iterable<IcePath>;
  /** The path from an address, which is made if it is new. */
  at(wire: Wire<IcePath>, host: string, port: number): IcePath;
  /** The path of a pair. */
  of(pair: CandidatePair): IcePath | undefined;
  /**
   * Whether the client may be known by an address that is new. A client that roams has another one
   * now and then; the one that has been silent for longest is forgotten for it.
   *
   * @param kept The path that is in use.
   */
  mayLearn(host: string, port: number, kept: IcePath | undefined): boolean;
  /** Forgets all paths. */
  clear(): void;
}

/** Addresses that a client is known by besides its candidates; it may change them once a second. */
const MAX_LEARNT = 32;
const LEARN_EVERY_MS = 1000;
/** werift's name for a pair of addresses that does not work. */
const FAILED: CandidatePair["state"] = 4;

/** Makes the paths of a call, initially none. */
export function createIcePaths(connection: Connection): IcePaths {
  const wires = new Map<Protocol, Wire<IcePath>>();
  let learnable = MAX_LEARNT;
  let countedAt = performance.now();

  const all = () => [...wires.values()].flatMap(({ paths }) => [...paths.values()]);
  const at = (wire: Wire<IcePath>, host: string, port: number): IcePath => {
    const key = addressKey(host, port);
    let path = wire.paths.get(key);
    if (!path) {
      path = newPath(wire, host, port);
      wire.paths.set(key, path);
    }
    path.pair ??= connection.checkList.find(({ protocol, remoteAddr }) =>
      protocol === wire.protocol && remoteAddr[0] === host && remoteAddr[1] === port
    );
    return path;
  };
  const forget = ({ wire, host, port, pair }: IcePath) => {
    wire.paths.delete(addressKey(host, port));
    if (!pair) return;
    pair.updateState(FAILED); // so that what still waits for an answer does nothing
    connection.checkList = connection.checkList.filter((each) => each !== pair);
    const { remoteCandidate } = pair;
    if (connection.checkList.some((each) => each.remoteCandidate === remoteCandidate)) return;
    connection["_remoteCandidates"] = connection.remoteCandidates.filter((each) =>
      each !== remoteCandidate
    );
  };

  return {
    wires,
    all,
    at,
    of(pair) {
      const wire = wires.get(pair.protocol);
      return wire && at(wire, ...pair.remoteAddr);
    },
    mayLearn(host, port, kept) {
      const isCandidate = connection.remoteCandidates.some((candidate) =>
        candidate.type !== "prflx" && candidate.host === host && candidate.port === port
      );
      if (isCandidate) return true;
      const now = performance.now();
      learnable = Math.min(MAX_LEARNT, learnable + (now - countedAt) / LEARN_EVERY_MS);
      countedAt = now;
      if (learnable < 1) return false;
      learnable--;
      const learnt = all().filter((path) =>
        path !== kept && path.pair?.remoteCandidate.type === "prflx"
      );
      if (learnt.length >= MAX_LEARNT) {
        forget(learnt.reduce((a, b) => a.checkedAt <= b.checkedAt ? a : b));
      }
      return true;
    },
    clear() {
      for (const { paths } of wires.values()) paths.clear();
    },
  };
}

/** An address as a key of {@link Wire.paths}. */
export function addressKey(host: string, port: number): string {
  return `${host} ${port}`;
}

/** Whether a datagram came on this path. */
export function isOn(
  path: IcePath | undefined,
  wire: Wire<IcePath>,
  host: string,
  port: number,
): path is IcePath {
  return path?.port === port && path.host === host && path.wire === wire;
}

function newPath(wire: Wire<IcePath>, host: string, port: number): IcePath {
  return {
    wire,
    host,
    port,
    pair: undefined,
    checkedAt: 0,
    valid: false,
    answeredAt: -Infinity,
    nomination: 0,
    wanted: false,
    heard: false,
    silentMs: 0,
    get roundTripMs() {
      return (this.pair?.rtt ?? 0) * 1000;
    },
    get priority() {
      return this.pair ? pairPriority(this.pair) : 0n;
    },
  };
}

/** RFC 8445 §6.1.2.3. werift computes `1 << 32` for 2³², which is 1. */
function pairPriority({ iceControlling, localCandidate, remoteCandidate }: CandidatePair): bigint {
  const [local, remote] = [BigInt(localCandidate.priority), BigInt(remoteCandidate.priority)];
  const [g, d] = iceControlling ? [local, remote] : [remote, local];
  return (2n ** 32n) * (g < d ? g : d) + 2n * (g > d ? g : d) + (g > d ? 1n : 0n);
}
