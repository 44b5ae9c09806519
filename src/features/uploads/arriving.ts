/**
 * The files that arrive now. There are few places, since each holds a connection and writes to the storage.
 *
 * @module
 */
import { mostCrowding } from "../../core/crowd.ts";
import { RunnerError } from "../../core/error.ts";

/** Files that may arrive at the same time. */
const MOST_AT_ONCE = 16;

/** A file that arrives. */
export interface Arriving {
  /** Aborts when another client needs the place, with a `full` as its reason. */
  readonly signal: AbortSignal;
  /** Gives the place back. */
  end(): void;
}

/** Has no file yet. */
export function createArriving() {
  const places = new Set<{ readonly client: string; readonly controller: AbortController }>();
  const countOf = (client: string) => [...places].filter((place) => place.client === client).length;
  return {
    /**
     * Takes a place. Where there is none, the client that has two or more of them than this one loses its
     * first.
     *
     * @param client Its network address, if that is known.
     * @throws {RunnerError} `full` when no client has so many.
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
