/**
 * What is loaded when it is first needed.
 *
 * @module
 */

/**
 * Provides a part of the program: at once if it is bundled, as in a Worker, or once it is loaded.
 */
export type Load<Part> = () => Part | Promise<Part>;

/** Loads once, whoever asks; a failure is not kept, so the next caller tries again. */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    if (loading) return loading;
    const attempt = load();
    loading = attempt;
    attempt.catch(() => loading = undefined);
    return attempt;
  };
}

/** A function that is made on its first call, when what it needs is loaded. */
export function whenCalled<Args extends unknown[], Result>(
  make: () => Promise<(...args: Args) => Result | Promise<Result>>,
): (...args: Args) => Promise<Result> {
  const made = loadOnce(make);
  return async (...args) => await (await made())(...args);
}
