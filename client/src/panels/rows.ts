/** Rows of a long list that are higher than the others, by their index, in order. */
export type HigherRows = readonly { readonly index: number; readonly extra: number }[];

/** How far from the top of the list a row begins; heights are in CSS pixels. */
export function topOf(index: number, row: number, higher: HigherRows): number {
  const above = higher.filter((other) => other.index < index);
  return index * row + above.reduce((sum, { extra }) => sum + extra, 0);
}

/** The index of the row at this distance from the top of the list. */
export function rowAt(y: number, row: number, higher: HigherRows): number {
  let extras = 0;
  for (const { index, extra } of higher) {
    const top = index * row + extras;
    if (y < top + row) break;
    if (y < top + row + extra) return index;
    extras += extra;
  }
  return Math.max(0, Math.floor((y - extras) / row));
}
