/**
 * Clients that were answered and have not come yet. Nothing runs for them, but each holds sockets,
 * so there are few and not for long.
 *
 * @module
 */
import { mostCrowding } from "../core/crowd.ts";
import type { CloseInfo } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";

/** The most per network address: each comes within a second of its answer. */
export const MOST_OF_A_CLIENT = 16;
/** The most in total. */
export const MOST_ARRIVALS = 128;
/** When to try again, in seconds. */
const RETRY_S = 5;

/** What a client is expected at: a peer. */
export interface Destination {
  /** Resolves when the client has come; absent if there is nothing to wait for. */
  readonly reached?: Promise<void>;
  /** Resolves when the client was given up, or has left. */
  readonly closed: Promise<CloseInfo>;
  /** Gives the client up. */
  close(info?: CloseInfo): void;
}

/** An expected client. */
export interface Arrival {
  /** Waits until it comes; undefined then, or why it was given up. */
  at(destination: Destination): Promise<CloseInfo | undefined>;
  /** Stops expecting it: there is nothing for it to come to, or it is already here. */
  end(): void;
}

/** All expected clients. */
export interface Arrivals {
  /**
   * Expects the client of a session; another one of the same session is given up. If there are too
   * many, one is given up of a client with at least two more expected than this one.
   *
   * @param client Its network address, if known.
   * @throws {RunnerError} `too_many_offers` if this client has too many, `full` if there are too
   * many in total.
   */
  expect(session: string, client?: string): Arrival;
  /** How many are expected. */
  readonly size: number;
  /** Gives up all of them. */
  close(): void;
}

interface Expected {
  readonly client: string | undefined;
  destination: Destination | undefined;
}

/** Makes an empty set. */
export function createArrivals(): Arrivals {
  const expected = new Map<string, Expected>();
  const countOf = (client: string) =>
    expected.values().reduce((sum, other) => sum + (other.client === client ? 1 : 0), 0);
  /** Tells whether there is room for a client. */
  const makeRoom = (client: string | undefined): boolean => {
    const crowding = mostCrowding(expected, ([, { client }]) => client ?? "");
    if (!crowding || client === undefined || crowding.count < countOf(client) + 2) return false;
    giveUp(crowding.place[0], "Other clients need the place");
    return true;
  };
  const giveUp = (session: string, reason: string) => {
    const destination = expected.get(session)?.destination;
    expected.delete(session);
    destination?.close({ closeCode: 1001, reason });
  };

  return {
    expect(session, client) {
      giveUp(session, "Replaced by a new connection");
      if (expected.size >= MOST_ARRIVALS && !makeRoom(client)) throw tooMany("full", "in all");
      if (client !== undefined && countOf(client) >= MOST_OF_A_CLIENT) {
        throw tooMany("too_many_offers", "from here");
      }
      const self: Expected = { client, destination: undefined };
      expected.set(session, self);
      const end = () => {
        if (expected.get(session) === self) expected.delete(session);
      };
      return {
        end,
        async at(destination) {
          self.destination = destination;
          // Another client has taken its place while the destination was made.
          if (expected.get(session) !== self) destination.close({ closeCode: 1001 });
          try {
            return await Promise.race([destination.reached, destination.closed]) ?? undefined;
          } finally {
            end();
          }
        },
      };
    },
    get size() {
      return expected.size;
    },
    close() {
      for (const session of [...expected.keys()]) giveUp(session, "The runner is closing");
    },
  };
}

function tooMany(code: "full" | "too_many_offers", where: string): RunnerError {
  const detail = `Too many offers ${where} are waiting for their clients to connect. ` +
    `Try again in ${RETRY_S} s.`;
  return new RunnerError(code, detail, { retryAfter: RETRY_S });
}
