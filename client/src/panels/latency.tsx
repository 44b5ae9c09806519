import type { JSX } from "react";
import type { Turn } from "../session/turns.ts";
import type { Phase } from "../session/happenings.ts";

interface LatencyProps {
  readonly turns: readonly Turn[];
  readonly phases: readonly Phase[];
  /** Shows a moment of the call, in ms since it began. */
  readonly onChoose: (at: number) => void;
}

const HEIGHT = 120;
const MOST_BARS = 24;
/** People begin to notice a pause at about this length, in ms. */
const NOTICED_MS = 800;

/** How long the bot took to answer, and how long the way into the call took. */
export default function Latency({ turns, phases, onChoose }: LatencyProps): JSX.Element {
  const sorted = turns.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const shown = turns.slice(-MOST_BARS);
  const top = 1.15 * Math.max(1000, ...shown.map(({ latencyMs }) => latencyMs));
  const half = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(half)], sorted[Math.ceil(half)]];
  const median = low === undefined || high === undefined ? undefined : Math.round((low + high) / 2);
  const end = Math.max(1, ...phases.map(({ from, to }) => to ?? from));
  return (
    <div className="scroll facts" tabIndex={0}>
      <h3>Answers</h3>
      <dl className="figures">
        <Figure name="median" value={median} />
        <Figure name="fastest" value={sorted[0]} />
        <Figure name="slowest" value={sorted.at(-1)} />
      </dl>
      <figure>
        <svg
          className="plot"
          viewBox={`0 0 320 ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Milliseconds to the answer, of ${turns.length} turns`}
        >
          <line
            className="limit"
            x1="0"
            x2="320"
            y1={HEIGHT * (1 - NOTICED_MS / top)}
            y2={HEIGHT * (1 - NOTICED_MS / top)}
          />
          {shown.map(({ number, at, latencyMs }, i) => (
            <rect
              key={number}
              onClick={() => onChoose(at)}
              x={i * 320 / MOST_BARS + 2}
              width={320 / MOST_BARS - 4}
              y={HEIGHT * (1 - latencyMs / top)}
              height={HEIGHT * latencyMs / top}
              rx="2"
            >
              <title>{`Turn ${number}: ${latencyMs} ms`}</title>
            </rect>
          ))}
        </svg>
        <figcaption>
          {turns.length === 0
            ? "From your last sound to the bot's first, one bar a turn. There was none yet."
            : `From your last sound to the bot's first. The dashed line is ${NOTICED_MS} ms.`}
        </figcaption>
      </figure>
      <h3>Connecting</h3>
      {phases.length === 0
        ? <p className="empty">The steps into a call are shown here.</p>
        : (
          <ol className="phases">
            {phases.map(({ name, from, to }) => (
              <li key={`${name}${from}`}>
                <span>{name}</span>
                <span className="track" aria-hidden="true">
                  <span
                    style={{
                      left: `${100 * from / end}%`,
                      width: `${100 * Math.max(0.01, ((to ?? end) - from) / end)}%`,
                    }}
                  />
                </span>
                <span className="ms">{to === undefined ? "…" : `${to - from} ms`}</span>
              </li>
            ))}
          </ol>
        )}
    </div>
  );
}

function Figure(
  { name, value }: { readonly name: string; readonly value: number | undefined },
): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value ?? "–"} <small>ms</small>
      </dd>
    </div>
  );
}
