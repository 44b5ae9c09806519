import { type JSX, useEffect, useRef } from "react";
import type { Session } from "../session/session.ts";
import type { Settings } from "../session/settings.ts";
import type { SessionView } from "../session/view.ts";
import { Icon } from "./icons.tsx";
import { drawTimeline } from "./timeline_drawing.ts";

interface TimelineProps {
  readonly session: Session;
  readonly view: SessionView;
  readonly settings: Settings;
}

/** The call as a picture: who spoke when, and what happened. */
export function Timeline({ session, view, settings }: TimelineProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { startedAt, endedAt } = view;
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    let frame = 0;
    let last = 0;
    const draw = (): void => drawTimeline(element, context, session);
    const look = (time: number): void => {
      frame = requestAnimationFrame(look);
      if (time - last < 66) return; // fifteen times a second is smooth enough here
      last = time;
      draw();
    };
    draw();
    if (startedAt && endedAt === undefined) frame = requestAnimationFrame(look);
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    const restyled = new MutationObserver(draw);
    restyled.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      cancelAnimationFrame(frame);
      resized.disconnect();
      restyled.disconnect();
      scheme.removeEventListener("change", draw);
    };
  }, [session, startedAt, endedAt]);
  const { speeches, moments } = view;
  const spoken = (side: "user" | "bot"): number => speeches.filter((s) => s.side === side).length;
  const interrupted =
    moments.filter(({ kind }) => kind === "interrupted" || kind === "clear").length;
  const summary = startedAt
    ? `You spoke ${times(spoken("user"))}, the bot ${times(spoken("bot"))}, ` +
      `${interrupted} interrupted.`
    : "Who speaks when is drawn here during a call.";
  const nothing = startedAt === undefined;
  return (
    <section className="panel timeline" aria-labelledby="timeline">
      <div className="bar-head">
        <h2 id="timeline">Timeline</h2>
        <p className="summary">{summary}</p>
        <ul className="legend" aria-hidden="true">
          <li className="step">connecting</li>
          <li className="answer">answer</li>
          <li className="cut">interrupted</li>
          <li className="mark">mark, key</li>
        </ul>
        <div className="tools">
          <button
            type="button"
            aria-label="Save the session as JSON"
            disabled={nothing}
            onClick={() =>
              void import("../session/download.ts").then((m) => m.saveJson(session, settings))}
          >
            <Icon name="download" />
            <span>Session</span>
          </button>
          <button
            type="button"
            aria-label="Save the audio as WAV"
            disabled={nothing}
            onClick={() => void import("../session/download.ts").then((m) => m.saveWav(session))}
          >
            <Icon name="download" />
            <span>Audio</span>
          </button>
        </div>
      </div>
      <canvas ref={canvas} role="img" aria-label={summary} />
    </section>
  );
}

function times(count: number): string {
  return `${count} ×`;
}
