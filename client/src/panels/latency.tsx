import { type JSX, useMemo } from "react";
import type { LoggedMessage, Phase } from "../session/happenings.ts";
import type { Turn } from "../session/turns.ts";
import {
  NOTICED_MS,
  PARTS,
  percentile,
  usageIn,
  type Waterfall,
  waterfalls,
} from "../session/waterfall.ts";
import { AnswerBar } from "./answer_bar.tsx";

interface LatencyProps {
  readonly turns: readonly Turn[];
  readonly phases: readonly Phase[];
  readonly messages: readonly LoggedMessage[];
  /** Goes to a moment of the call, in ms since it began. */
  readonly onSeek: (at: number) => void;
}

const MOST_TURNS = 50;

/** How long the bot took to answer, what with, and how long the way into the call took. */
export default function Latency({ turns, phases, messages, onSeek }: LatencyProps): JSX.Element {
  const worst = useMemo(
    () =>
      waterfalls(turns, messages)
        .toSorted((one, other) => other.latencyMs - one.latencyMs)
        .slice(0, MOST_TURNS),
    [turns, messages],
  );
  const usage = useMemo(() => usageIn(messages), [messages]);
  const times = turns.map(({ latencyMs }) => latencyMs);
  const end = Math.max(1, ...phases.map(({ from, to }) => to ?? from));
  return (
    <div className="scroll facts" tabIndex={0}>
      <h3>Answers</h3>
      <dl className="figures">
        <Figure name="p50" value={percentile(times, 50)} />
        <Figure name="p95" value={percentile(times, 95)} />
        <Figure name="slowest" value={percentile(times, 100)} />
      </dl>
      <Turns worst={worst} onSeek={onSeek} />
      {usage.length === 0 ? null : (
        <>
          <h3>Used</h3>
          <dl className="usage">
            {usage.map(({ service, unit, count }) => (
              <div key={`${unit} ${service}`}>
                <dt>{service || "a service"}</dt>
                <dd>{count.toLocaleString()} {unit}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <h3>Connecting</h3>
      {phases.length === 0
        ? <p className="empty">The steps of connecting are shown here.</p>
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

interface TurnsProps {
  /** The slowest first. */
  readonly worst: readonly Waterfall[];
  readonly onSeek: (at: number) => void;
}

/** What the time of each turn passed with, as bars. */
function Turns({ worst, onSeek }: TurnsProps): JSX.Element {
  const [slowest] = worst;
  if (!slowest) {
    return (
      <p>
        From your last sound to the first you hear from the bot, turn by turn. None so far.
      </p>
    );
  }
  const top = Math.max(slowest.latencyMs, NOTICED_MS) * 1.05;
  const known = PARTS.filter((name) =>
    worst.some(({ parts }) => parts.some((part) => part.name === name))
  );
  return (
    <>
      <ol className="turns">
        {worst.map((turn) => (
          <li key={turn.number}>
            <button type="button" title="Go there" onClick={() => onSeek(turn.at)}>
              <span>{turn.number}</span>
              <AnswerBar turn={turn} longestMs={top} limitMs={NOTICED_MS} />
            </button>
          </li>
        ))}
      </ol>
      {known.length === 1 && known[0] === "Unknown"
        ? (
          <p>
            The bot does not report where its time goes. <code>transport.rtvi.metrics(…)</code>{" "}
            and the messages of a voice bot do.
          </p>
        )
        : (
          <ul className="parts">
            {known.map((name) => (
              <li key={name} className={`part-${PARTS.indexOf(name)}`}>{name}</li>
            ))}
          </ul>
        )}
      <p>
        The slowest turn is first. People notice a pause from about {NOTICED_MS} ms, at the line.
      </p>
    </>
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
