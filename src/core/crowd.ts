/**
 * Who makes room if strangers have few places: whoever has the most of them.
 *
 * @module
 */

/** A place of the one who has the most. */
export interface Crowding<Place> {
  /** The first of them. */
  readonly place: Place;
  /** How many there are. */
  readonly count: number;
}

/**
 * Finds out who has the most places, in the order in which they were taken; undefined if nobody has
 * one.
 */
export function mostCrowding<Place>(
  places: Iterable<Place>,
  ownerOf: (place: Place) => string,
): Crowding<Place> | undefined {
  const counts = new Map<string, Crowding<Place>>();
  for (const place of places) {
    const owner = ownerOf(place);
    const { place: first = place, count = 0 } = counts.get(owner) ?? {};
    counts.set(owner, { place: first, count: count + 1 });
  }
  let most: Crowding<Place> | undefined;
  for (const each of counts.values()) if (each.count > (most?.count ?? 0)) most = each;
  return most;
}
