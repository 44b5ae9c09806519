/**
 * Whose a datagram is, if all calls share one UDP port.
 *
 * A client's check names its session by our user name fragment (RFC 8445 §7.2.2), and goes there
 * from wherever it comes, because an address says nothing about who is behind it now. An answer to
 * our check goes to whoever asked. Everything else goes by its source address, which a session has
 * claimed with an authentic check.
 *
 * Nothing that a stranger sends changes anything here: what is kept belongs to sessions, is bounded
 * for each, and goes with it.
 *
 * @module
 */
import { looksLikeStun, namedFragment, stunKindOf, TRANSACTION_ID } from "../guard/stun.ts";

/** Tells the datagrams of sessions apart. */
export interface Demultiplexer<Session> {
  /** Makes a unique user name fragment by which a session is found; the last two are valid. */
  name(session: Session): string;
  /** Remembers what a session asks, so that it gets the answer; other datagrams leave no trace. */
  sent(session: Session, bytes: Uint8Array): void;
  /**
   * An address sends for a session, as an authentic message has shown.
   *
   * @param proven Whether it has answered our check: nobody else can have written its address on a
   * datagram. A proven address becomes the session's, whoever had it; one that may be forged, only
   * if nobody has it.
   */
  claim(session: Session, host: string, port: number, proven: boolean): void;
  /** Whether an address is a session's. */
  has(session: Session, host: string, port: number): boolean;
  /** Whom a check names; undefined if it is not a check, or names nobody. */
  named(bytes: Uint8Array): Session | undefined;
  /** Whose a datagram is; undefined if it is a stranger's. */
  ownerOf(bytes: Uint8Array, host: string, port: number): Session | undefined;
  /** Forgets a session and everything of it. */
  leave(session: Session): void;
  /** How much is kept. */
  readonly size: {
    readonly names: number;
    readonly transactions: number;
    readonly addresses: number;
  };
}

/** What one session has. */
interface Belongings {
  readonly names: string[];
  /** The ids of its questions, oldest first. */
  readonly transactions: Set<string>;
  /** Its addresses, the one claimed longest ago first. */
  readonly addresses: Map<string, readonly [host: string, port: number]>;
}

interface Owner<Session> {
  readonly session: Session;
  readonly proven: boolean;
}

/** The present name, and the one before an ICE restart, which is valid until that completes. */
const MAX_NAMES = 2;
/** Checks that may wait for an answer: one per candidate and address, and some to spare. */
export const MAX_TRANSACTIONS = 128;
/** More than a session knows of its client: see ice_paths.ts. */
export const MAX_ADDRESSES = 96;
/**
 * Makes 8 characters that nobody can guess, so that nobody costs a session the check of a password.
 */
const NAME_BYTES = 6;

/** Makes an empty demultiplexer. */
export function createDemultiplexer<Session>(): Demultiplexer<Session> {
  const names = new Map<string, Session>();
  const transactions = new Map<string, Session>();
  const hosts = new Map<string, Map<number, Owner<Session>>>();
  const everybody = new Map<Session, Belongings>();
  let addresses = 0;

  const of = (session: Session): Belongings => {
    let belongings = everybody.get(session);
    if (!belongings) {
      belongings = { names: [], transactions: new Set(), addresses: new Map() };
      everybody.set(session, belongings);
    }
    return belongings;
  };
  const release = (host: string, port: number) => {
    const ports = hosts.get(host);
    if (!ports?.delete(port)) return;
    addresses--;
    if (ports.size === 0) hosts.delete(host);
  };
  const answered = (bytes: Uint8Array): Session | undefined => {
    const id = transactionIdOf(bytes);
    const session = transactions.get(id);
    if (session === undefined) return;
    transactions.delete(id); // a second answer belongs to a repeated question, and says nothing new
    everybody.get(session)?.transactions.delete(id);
    return session;
  };

  const named = (bytes: Uint8Array): Session | undefined => {
    if (!looksLikeStun(bytes) || stunKindOf(bytes) !== "request") return;
    const name = namedFragment(bytes);
    return name === undefined ? undefined : names.get(name);
  };

  return {
    name(session) {
      const { names: own } = of(session);
      let name: string;
      do name = randomName(); while (names.has(name));
      names.set(name, session);
      own.push(name);
      for (const old of own.splice(0, own.length - MAX_NAMES)) names.delete(old);
      return name;
    },
    sent(session, bytes) {
      if (!looksLikeStun(bytes) || stunKindOf(bytes) !== "request") return;
      const id = transactionIdOf(bytes);
      const { transactions: own } = of(session);
      if (own.has(id)) return; // sent again
      transactions.set(id, session);
      own.add(id);
      if (own.size <= MAX_TRANSACTIONS) return;
      for (const oldest of own) {
        own.delete(oldest);
        transactions.delete(oldest);
        break;
      }
    },
    claim(session, host, port, proven) {
      const owner = hosts.get(host)?.get(port);
      if (owner && owner.session !== session) {
        if (!proven) return;
        everybody.get(owner.session)?.addresses.delete(keyOf(host, port));
        release(host, port);
      }
      const { addresses: own } = of(session);
      const key = keyOf(host, port);
      own.delete(key);
      own.set(key, [host, port]); // as the latest
      const isOwn = owner?.session === session;
      if (!isOwn) addresses++;
      if (!isOwn || proven && !owner.proven) {
        let ports = hosts.get(host);
        if (!ports) hosts.set(host, ports = new Map());
        ports.set(port, { session, proven });
      }
      if (own.size <= MAX_ADDRESSES) return;
      for (const [oldest, address] of own) {
        own.delete(oldest);
        release(...address);
        break;
      }
    },
    named,
    has: (session, host, port) => hosts.get(host)?.get(port)?.session === session,
    ownerOf(bytes, host, port) {
      if (!looksLikeStun(bytes)) return hosts.get(host)?.get(port)?.session;
      switch (stunKindOf(bytes)) {
        case "request":
          return named(bytes);
        case "success":
        case "error":
          return answered(bytes);
        default:
          return undefined; // an indication, which nobody here needs
      }
    },
    leave(session) {
      const belongings = everybody.get(session);
      if (!belongings) return;
      everybody.delete(session);
      for (const name of belongings.names) names.delete(name);
      for (const id of belongings.transactions) transactions.delete(id);
      for (const [host, port] of belongings.addresses.values()) release(host, port);
    },
    get size() {
      return { names: names.size, transactions: transactions.size, addresses };
    },
  };
}

function randomName(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(NAME_BYTES))));
}

function transactionIdOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(TRANSACTION_ID.from, TRANSACTION_ID.to));
}

function keyOf(host: string, port: number): string {
  return `${host} ${port}`;
}
