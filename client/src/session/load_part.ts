/** A runner that has gone, or a proxy in front of it, may leave a request without an answer. */
const PATIENCE_MS = 15_000;

/** Waits for a part of the page that is loaded when it is needed, though not for ever. */
export async function loadPart<T>(loading: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("The part did not arrive in time")), PATIENCE_MS);
  try {
    return await Promise.race([loading, late]);
  } finally {
    clearTimeout(timer);
  }
}
