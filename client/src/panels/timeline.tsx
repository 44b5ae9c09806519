import { type JSX, type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import { exactClock } from "../session/clock.ts";
import type { Cursor } from "../session/cursor.ts";
import type { CallRecord } from "../session/record.ts";
import type { Store } from "../session/store.ts";
import type { CallView } from "../session/view.ts";
import { type Camera, FOLLOW, moved, showing, spanOf, WHOLE, zoomed } from "./timeline_camera.ts";
import { laneAt, type Look, reachedOf, scaleOf } from "./timeline_drawing.ts";
import { type Place, useHand } from "./timeline_hand.ts";
import { TimelineHead } from "./timeline_head.tsx";
import { useDrawing } from "./timeline_loop.ts";
import { messageOf, nearest, type Tick, ticksOf, wordsOn } from "./timeline_ticks.ts";

interface TimelineProps {
  /** The call; absent before the first. */
  readonly record: CallRecord | undefined;
  readonly view: CallView;
  readonly cursor: Store<Cursor>;
  /** The key of the message that is open in the list. */
  readonly chosen: number | undefined;
  /** Opens a message in the list. */
  readonly onChoose: (key: number) => void;
  /** Goes to a moment of the call, in ms since it began. */
  readonly onSeek: (at: number) => void;
}

/** How near a pointer has to be to a tick, in CSS pixels. */
const NEAR = 6;
const NEAR_TOUCH = 16;
const ZOOM = 1.6;
/** How far a key scrolls: a part of what is in view. */
const SCROLL = 0.25;

/** The call as a picture: who spoke when, what went over the line, and what happened. */
export function Timeline(props: TimelineProps): JSX.Element {
  const { record, view, cursor, chosen, onChoose, onSeek } = props;
  const { startedAt, endedAt, messages, moments } = view;
  const track = useRef<HTMLDivElement>(null);
  const [camera, setCamera] = useState<Camera>(endedAt === undefined ? FOLLOW : WHOLE);
  const [pointed, setPointed] = useState<Tick>();
  /** What is in view while something is pointed at: it does not run away from the hand. */
  const [held, setHeld] = useState<Camera>();
  const ticks = useMemo(() => ticksOf(messages, moments), [messages, moments]);
  const runs = startedAt !== undefined && endedAt === undefined;

  const [seen, setSeen] = useState({ startedAt, endedAt });
  if (seen.startedAt !== startedAt || seen.endedAt !== endedAt) {
    // A call that begins is followed; one that was followed to its end is shown as a whole.
    setSeen({ startedAt, endedAt });
    if (runs) setCamera(FOLLOW);
    else if (camera.mode === "follow") setCamera(WHOLE);
    if (runs) setPointed(undefined);
  }

  const shown = pointed && held ? held : camera;
  const reached = (): number => record ? reachedOf(record) : 0;
  const span = (): Look["span"] => spanOf(shown, reached());
  const scale = (): ReturnType<typeof scaleOf> => scaleOf(span(), track.current?.clientWidth ?? 1);

  function change(next: (camera: Camera, reached: number) => Camera): void {
    if (!startedAt) return;
    setHeld(undefined);
    setCamera((before) => next(before, reached()));
  }

  function point(tick: Tick | undefined): void {
    if (tick && !pointed) setHeld({ mode: "fixed", ...span() });
    setPointed(tick);
  }

  function tickAt({ x, y, touch }: Place): Tick | undefined {
    const { time } = scale();
    const within = time(touch ? NEAR_TOUCH : NEAR) - time(0);
    const lane = laneAt(y, track.current?.clientHeight ?? 1);
    const fits = ({ kind }: Tick): boolean => lane === "voices" || lane === `${kind}s`;
    return nearest(ticks, time(x), within, fits) ?? nearest(ticks, time(x), within);
  }

  function choose(tick: Tick | undefined): void {
    const message = tick && messageOf(ticks, tick);
    if (message) onChoose(message.key);
  }

  useHand(track, {
    drag(by) {
      const { time } = scale();
      change((before, reached) => moved(before, reached, time(0) - time(by)));
    },
    zoom(factor, x) {
      const at = scale().time(x);
      change((before, reached) => zoomed(before, reached, factor, at));
    },
    point: (place) => point(place && tickAt(place)),
    choose(place) {
      const tick = tickAt(place);
      // A finger cannot point first: its first tap says what is there, the second one opens it.
      if (place.touch && tick?.key !== pointed?.key) return point(tick);
      onSeek(tick?.at ?? scale().time(place.x));
      choose(tick);
    },
  });

  /** Goes to another tick, and takes the camera along. */
  function step(to: number): void {
    const tick = ticks[Math.max(0, Math.min(ticks.length - 1, to))];
    if (!tick) return;
    point(tick);
    onSeek(tick.at);
    const next = showing(shown, reached(), tick.at);
    if (next !== shown) setCamera(next);
    if (next !== shown) setHeld(undefined);
  }

  function press(event: KeyboardEvent): void {
    const { from, to } = span();
    const at = pointed ? ticks.findIndex(({ key }) => key === pointed.key) : undefined;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => step((at ?? ticks.length) - 1),
      ArrowRight: () => step((at ?? -1) + 1),
      Home: () => step(0),
      End: () => step(ticks.length - 1),
      PageUp: () => change((camera, reached) => moved(camera, reached, (from - to) * SCROLL)),
      PageDown: () => change((camera, reached) => moved(camera, reached, (to - from) * SCROLL)),
      "+": () => change((camera, reached) => zoomed(camera, reached, 1 / ZOOM, pointed?.at)),
      "=": () => change((camera, reached) => zoomed(camera, reached, 1 / ZOOM, pointed?.at)),
      "-": () => change((camera, reached) => zoomed(camera, reached, ZOOM, pointed?.at)),
      "0": () => setCamera(WHOLE),
      l: () => runs && setCamera(FOLLOW),
      Enter: () => choose(pointed),
      Escape: () => setPointed(undefined),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  const canvas = useDrawing({ record, view, cursor, runs, camera: shown, pointed, chosen });
  const index = pointed ? ticks.findIndex(({ key }) => key === pointed.key) : -1;
  return (
    <section className="panel timeline" id="pane-timeline" aria-labelledby="timeline">
      <TimelineHead
        record={record}
        view={view}
        cursor={cursor}
        camera={camera}
        onZoom={(factor) =>
          change((camera, reached) => zoomed(camera, reached, factor, pointed?.at))}
        onCamera={setCamera}
      />
      <div
        ref={track}
        className="track"
        role="slider"
        tabIndex={0}
        aria-label="Messages and events of the call"
        aria-keyshortcuts="ArrowLeft ArrowRight Home End PageUp PageDown + - 0 L Enter"
        aria-valuemin={0}
        aria-valuemax={ticks.length}
        aria-valuenow={index + 1}
        aria-valuetext={pointed ? spoken(pointed) : `${ticks.length}, none selected`}
        onKeyDown={press}
        onBlur={() => setPointed(undefined)}
      >
        <canvas ref={canvas} />
        {startedAt ? null : <Legend />}
        {pointed ? <Tip tick={pointed} x={scale().x(pointed.at)} /> : null}
      </div>
    </section>
  );
}

function spoken(tick: Tick): string {
  const seconds = `at ${(tick.at / 1000).toFixed(2)} s`;
  if (tick.kind === "moment") return `${tick.moment.label}, ${seconds}`;
  const { direction, type } = tick.message;
  return `${type} ${direction === "in" ? "from" : "to"} the bot, ${seconds}`;
}

/** Says what is pointed at, beside it. */
function Tip({ tick, x }: { readonly tick: Tick; readonly x: number }): JSX.Element {
  const tip = useRef<HTMLDivElement>(null);
  const { title, detail } = wordsOn(tick);
  useLayoutEffect(() => {
    const { current: element } = tip;
    const room = element?.parentElement?.clientWidth ?? 0;
    if (!element) return;
    const left = Math.max(8, Math.min(room - element.offsetWidth - 8, x - element.offsetWidth / 2));
    element.style.left = `${left}px`;
  });
  return (
    <div className="tip" ref={tip} aria-hidden="true">
      <strong>{title}</strong> <time>{exactClock(tick.at)}</time>
      {detail ? <code>{detail}</code> : null}
    </div>
  );
}

/** What the colours mean, as long as there is nothing else to see. */
function Legend(): JSX.Element {
  return (
    <div className="legend" aria-hidden="true">
      <p>During a call, this shows who speaks when, and what goes over the line.</p>
      <ul>
        <li className="step">connecting</li>
        <li className="answer">wait for the answer</li>
        <li className="cut">interrupted</li>
        <li className="mark">mark, key, function</li>
        <li className="in">from the bot</li>
        <li className="out">to the bot</li>
      </ul>
    </div>
  );
}
