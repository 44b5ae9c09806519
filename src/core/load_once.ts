/**
 * What is loaded when it is first needed.
 *
 * @module
 */

/** Loads once, whoever asks; a failure is not kept, so that whoever asks next tries again. */
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
