/** A stretch of the call, in ms since it began. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What of the call is in view: its last part while it runs, all of it, or a part that was chosen. */
export type Camera =
  | { readonly mode: "follow"; readonly length: number }
  | { readonly mode: "whole" }
  | { readonly mode: "fixed"; readonly from: number; readonly to: number };

const FOLLOW_MS = 60_000;
/** The last minute of a call that goes on. */
export const FOLLOW: Camera = { mode: "follow", length: FOLLOW_MS };
/** All of the call. */
export const WHOLE: Camera = { mode: "whole" };

/** Never less than this of the page is in view, so that a young call does not jump about, in ms. */
const LEAST_MS = 20_000;
/** The closest look, in ms. */
const CLOSEST_MS = 500;

/** What is in view of a call that has come this far, in ms. */
export function spanOf(camera: Camera, reached: number): Span {
  switch (camera.mode) {
    case "follow": {
      const to = Math.max(reached, Math.min(camera.length, LEAST_MS));
      return { from: Math.max(0, to - camera.length), to };
    }
    case "whole":
      return { from: 0, to: Math.max(LEAST_MS, reached) };
    case "fixed":
      return camera;
  }
}

/**
 * Looks closer, or with a factor above 1 from further away. The time `at` stays where it is, the
 * Default: the middle. A camera that follows the call goes on with that.
 */
export function zoomed(camera: Camera, reached: number, factor: number, at?: number): Camera {
  const { from, to } = spanOf(camera, reached);
  const wanted = Math.max(CLOSEST_MS, (to - from) * factor);
  if (camera.mode === "follow") {
    return { mode: "follow", length: Math.min(wanted, Math.max(FOLLOW_MS, reached)) };
  }
  const most = Math.max(LEAST_MS, reached);
  if (wanted >= most) return WHOLE;
  const still = at ?? (from + to) / 2;
  return within(still - (still - from) * wanted / (to - from), wanted, most);
}

/** Moves along the call, towards its end for a positive number of ms. */
export function moved(camera: Camera, reached: number, by: number): Camera {
  const { from, to } = spanOf(camera, reached);
  return within(from + by, to - from, Math.max(LEAST_MS, reached));
}

/** Brings a moment into view, and leaves the camera alone if it is. */
export function showing(camera: Camera, reached: number, at: number): Camera {
  const { from, to } = spanOf(camera, reached);
  if (at >= from && at <= to) return camera;
  return within(at - (to - from) / 2, to - from, Math.max(LEAST_MS, reached));
}

function within(from: number, length: number, most: number): Camera {
  const start = Math.max(0, Math.min(from, most - length));
  return { mode: "fixed", from: start, to: start + length };
}
