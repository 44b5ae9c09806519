/**
 * Finds the name that was probably meant by one that is misspelt.
 *
 * @module
 */

/** The known name that differs from a given one by one letter, or by two if it is long. */
export function closest(name: string, known: readonly string[]): string | undefined {
  return known.find((other) => editDistance(name, other) <= (other.length < 10 ? 1 : 2));
}

/** Letters to add, drop, change or swap with their neighbour, to get from one word to the other. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [];
  const at = (i: number, j: number): number =>
    i < 0 || j < 0 ? Infinity : i === 0 || j === 0 ? i + j : rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = rows[i] = [];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity,
      );
    }
  }
  return at(a.length, b.length);
}
