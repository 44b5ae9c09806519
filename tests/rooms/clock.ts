/** A clock that stands still until it is disposed of. */
export function stoppedClock(now: number): Disposable {
  const original = Date.now;
  Date.now = () => now;
  return {
    [Symbol.dispose]() {
      Date.now = original;
    },
  };
}
