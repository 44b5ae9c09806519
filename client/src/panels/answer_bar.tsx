import type { JSX } from "react";
import { PARTS, type Waterfall } from "../session/waterfall.ts";

interface AnswerBarProps {
  readonly turn: Pick<Waterfall, "at" | "latencyMs" | "parts">;
  /** The time that is as long as the bar, in ms. */
  readonly longestMs: number;
  /** Where a line is drawn, in ms. */
  readonly limitMs?: number;
}

/** How long an answer took, and what with. */
export function AnswerBar({ turn, longestMs, limitMs }: AnswerBarProps): JSX.Element {
  const { at, latencyMs, parts } = turn;
  const share = (ms: number): string => `${100 * ms / longestMs}%`;
  return (
    <>
      <span className="track" aria-hidden="true">
        {limitMs === undefined ? null : <span className="limit" style={{ left: share(limitMs) }} />}
        {parts.map(({ name, from, to }) => (
          <span
            key={from}
            className={`part part-${PARTS.indexOf(name)}`}
            title={`${name}: ${to - from} ms`}
            style={{ left: share(from - at), width: share(to - from) }}
          />
        ))}
      </span>
      <span className="ms">{latencyMs} ms</span>
      <span className="hidden">
        {parts.map(({ name, from, to }) => `${name} ${to - from} ms`).join(", ")}
      </span>
    </>
  );
}
