import type { JSX } from "react";
import type { Quality } from "../session/happenings.ts";

interface ConnectionProps {
  readonly quality: readonly Quality[];
  readonly path: string | undefined;
}

type Measure = Exclude<keyof Quality, "at">;

const MEASURES: readonly {
  readonly name: Measure;
  readonly title: string;
  readonly unit: string;
  /** The least top of the scale. */
  readonly top: number;
  readonly digits: number;
}[] = [
  { name: "roundTripMs", title: "Round trip", unit: "ms", top: 50, digits: 1 },
  { name: "jitterMs", title: "Jitter", unit: "ms", top: 30, digits: 1 },
  { name: "lossPercent", title: "Loss", unit: "%", top: 5, digits: 1 },
  { name: "received", title: "From the bot", unit: "kbit/s", top: 40, digits: 0 },
  { name: "sent", title: "To the bot", unit: "kbit/s", top: 40, digits: 0 },
  { name: "queuedMs", title: "Not played yet", unit: "ms", top: 200, digits: 0 },
];
const WIDTH = 320;
const HEIGHT = 34;
/** How many samples are in view: two minutes. */
const IN_VIEW = 120;

/** How good the line is, second by second. */
export default function Connection({ quality, path }: ConnectionProps): JSX.Element {
  return (
    <div className="scroll facts" tabIndex={0}>
      <h3>Path</h3>
      <p className="path">{path ?? "How you and the bot are connected is shown here."}</p>
      <h3>Quality</h3>
      {MEASURES.map((measure) => <Plot key={measure.name} measure={measure} quality={quality} />)}
    </div>
  );
}

function Plot({ measure, quality }: {
  readonly measure: (typeof MEASURES)[number];
  readonly quality: readonly Quality[];
}): JSX.Element {
  const { name, title, unit, digits } = measure;
  const values = quality.slice(-IN_VIEW).map((sample) => sample[name]);
  const known = values.filter((value) => value !== undefined);
  const top = Math.max(measure.top, ...known);
  const last = known.at(-1);
  const points = values.map((value, i) => {
    if (value === undefined) return "";
    const x = WIDTH * (1 - (values.length - 1 - i) / (IN_VIEW - 1));
    return `${x.toFixed(1)},${((HEIGHT - 2) * (1 - value / top) + 1).toFixed(1)}`;
  }).filter(Boolean);
  const text = last === undefined ? "–" : last.toFixed(digits);
  return (
    <div className={`quality ${last === undefined ? "none" : ""}`}>
      <span className="title">{title}</span>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${last === undefined ? "not known" : `${text} ${unit}`}`}
      >
        <polyline points={points.join(" ")} />
      </svg>
      <span className="value">
        {text} <small>{unit}</small>
      </span>
    </div>
  );
}
