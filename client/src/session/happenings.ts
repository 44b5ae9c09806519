/** Which way a message went, seen from the page. */
export type Direction = "in" | "out";

/** A message that went by: RTVI, or a carrier's. */
export interface LoggedMessage {
  /** Counts up. */
  readonly key: number;
  readonly at: Date;
  /** In ms since the call began. */
  readonly ms: number;
  readonly direction: Direction;
  readonly type: string;
  readonly data: unknown;
}

/** A step on the way into the call; times are in ms since the call began. */
export interface Phase {
  readonly name: string;
  readonly from: number;
  /** Absent while it goes on. */
  readonly to?: number | undefined;
}

/** Something that happened at one moment. */
export interface Moment {
  readonly key: number;
  /** In ms since the call began. */
  readonly at: number;
  readonly kind: "interrupted" | "mark" | "clear" | "key" | "tool" | "warning" | "broken";
  readonly label: string;
}

/** How good the connection was at one moment; what a transport cannot tell is absent. */
export interface Quality {
  /** In ms since the call began. */
  readonly at: number;
  readonly roundTripMs?: number | undefined;
  readonly jitterMs?: number | undefined;
  /** Packets that did not come since the last sample, in percent. */
  readonly lossPercent?: number | undefined;
  /** In kbit/s. */
  readonly received?: number | undefined;
  /** In kbit/s. */
  readonly sent?: number | undefined;
  /** The bot's sound that is here and was not played yet, in ms. */
  readonly queuedMs?: number | undefined;
}

/** How a call ended. */
export interface Ending {
  readonly sentence: string;
  /** What to do next. */
  readonly advice?: string | undefined;
  /** Where to go next. */
  readonly link?: { readonly href: string; readonly text: string };
  readonly failed: boolean;
  /** Whether the runner itself has gone: the page calls again when it is back. */
  readonly gone?: boolean | undefined;
}
