import { type Known, rememberedStore } from "./remembered.ts";
import type { Store } from "./store.ts";

/** A part of the page whose size the user can change. */
export type Pane = "stage" | "inspector" | "timeline";

/** How the page is divided; sizes are in CSS pixels, and what was never changed has none. */
export interface Panes extends Readonly<Partial<Record<Pane, number>>> {
  /** Whether the keys are shown where they are not needed to call. */
  readonly keypad: boolean;
}

/** How small and how large each may be, in CSS pixels; the style sheet has the lower ones, too. */
export const LIMITS: Readonly<Record<Pane, { readonly min: number; readonly max: number }>> = {
  stage: { min: 280, max: 520 },
  inspector: { min: 300, max: 1000 },
  timeline: { min: 160, max: 640 },
};

/** A size that a pane may have. */
export function fitting(pane: Pane, size: number): number {
  const { min, max } = LIMITS[pane];
  return Math.round(Math.max(min, Math.min(max, size)));
}

/** Reads how the page was divided. */
export function readPanes(known: Known): Panes {
  const sizes = (["stage", "inspector", "timeline"] as const).flatMap((pane) => {
    const size = known[pane];
    return typeof size === "number" && Number.isFinite(size) ? [[pane, fitting(pane, size)]] : [];
  });
  return { keypad: known.keypad === true, ...Object.fromEntries(sizes) };
}

/** How this browser divides the page. */
export function createPanes(): Store<Panes> {
  return rememberedStore("pipecat-runner-panes", readPanes);
}
