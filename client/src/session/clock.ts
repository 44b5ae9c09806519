/** A time as people read it, such as 1:05. */
export function clock(ms: number): string {
  return parted(Math.floor(ms / 1000), 0);
}

/** The same to a tenth of a second, such as 1:05.3. */
export function exactClock(ms: number): string {
  return parted(Math.floor(ms / 100) / 10, 1);
}

function parted(seconds: number, digits: number): string {
  const rest = (seconds % 60).toFixed(digits);
  return `${Math.floor(seconds / 60)}:${rest.padStart(digits === 0 ? 2 : 3 + digits, "0")}`;
}
