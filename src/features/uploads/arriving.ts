/**
 * The files arriving now. There are few places, since each holds a connection and writes to the
 * storage.
 *
 * @module
 */
import { mostCrowding } from "../../core/crowd.ts";
import { RunnerError } from "../../core/error.ts";

/** How many files may arrive at the same time. */
const MOST_AT_ONCE = 16;

/** An arriving file. */
export interface Arriving {
  /** Aborts when another client needs the place, with a `full` as its reason. */
  readonly signal: AbortSignal;
  /** Gives the place back. */
  end(): void;
}

/** Makes an empty set. */
export function createArriving() {
  const places = new Set<{ readonly client: string; readonly controller: AbortController }>();
  const countOf = (client: string) => [...places].filter((place) => place.client === client).length;
  return {
    /**
     * Takes a place. If there is none, a client with at least two more places than this one loses
     * its first.
     *
     * @param client Its network address, if known.
     * @throws {RunnerError} `full` if no client has that many.
     */
    begin(client = ""): Arriving {
      if (places.size >= MOST_AT_ONCE) {
        const crowding = mostCrowding(places, (place) => place.client);
        if (!crowding || crowding.count < countOf(client) + 2) throw busy();
        places.delete(crowding.place);
        crowding.place.controller.abort(busy());
      }
      const place = { client, controller: new AbortController() };
      places.add(place);
      return { signal: place.controller.signal, end: () => void places.delete(place) };
    },
  };
}

function busy(): RunnerError {
  const detail = `The runner is already receiving ${MOST_AT_ONCE} files. Try again in 5 s.`;
  return new RunnerError("full", detail, { retryAfter: 5 });
}
