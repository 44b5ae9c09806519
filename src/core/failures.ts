/**
 * Failures of what a runner depends on, counted for the whole process. They are rare, so counting
 * costs nothing while nothing fails; observers read the counts on demand.
 *
 * @module
 */

/** The labels of each kind of failure: words of the program's own, never a stranger's. */
export interface FailureLabels {
  /** A carrier did not carry out a command: its name as a transport, and the command. */
  readonly carrier: readonly [carrier: string, command: string];
  /** A request could not be forwarded to another process: why not. */
  readonly forward: readonly [reason: "unreachable" | "refused"];
  /** The session store failed, or took too long: the operation. */
  readonly store: readonly [operation: string];
}

/** How often each kind with its labels failed, by all of them. */
const counts = new Map<string, number>();

/** Counts a failure. */
export function countFailure<Kind extends keyof FailureLabels>(
  kind: Kind,
  ...labels: FailureLabels[Kind]
): void {
  const key = [kind, ...labels].join();
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** A count of one kind. */
export interface FailureCount {
  readonly labels: readonly string[];
  readonly count: number;
}

/** The failures of a kind since the process began. */
export function failuresOf(kind: keyof FailureLabels): FailureCount[] {
  return [...counts].flatMap(([key, count]) => {
    const [of, ...labels] = key.split(",");
    return of === kind ? { labels, count } : [];
  });
}
