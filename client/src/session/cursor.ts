/** A moment of a call that is over: where its replay is, and what was chosen in it. */
export interface Cursor {
  /** In ms since the call began; absent until somebody has looked for one. */
  readonly at: number | undefined;
  /** Counts how often it was asked for a place, so that a player knows when it has to go there. */
  readonly asked: number;
}

/** Nowhere. */
export const NO_CURSOR: Cursor = { at: undefined, asked: 0 };
