import { type JSX, type KeyboardEvent, type PointerEvent, useSyncExternalStore } from "react";
import { fitting, LIMITS, type Pane, type Panes } from "../session/panes.ts";
import type { Store } from "../session/store.ts";

interface SplitterProps {
  readonly pane: Pane;
  readonly panes: Store<Panes>;
}

/** How far a key moves an edge, in CSS pixels; with Shift, and without. */
const STEP = { false: 16, true: 80 } as const;
const NAMES: Readonly<Record<Pane, string>> = {
  stage: "Width of the call",
  inspector: "Width of the inspector",
  timeline: "Height of the timeline",
};
/** The keys that make a pane larger, and smaller. */
const KEYS: Readonly<Record<Pane, readonly [larger: string, smaller: string]>> = {
  stage: ["ArrowRight", "ArrowLeft"],
  inspector: ["ArrowLeft", "ArrowRight"],
  timeline: ["ArrowUp", "ArrowDown"],
};

/** The edges between the parts of the page, to be dragged, or moved with the arrow keys. */
export function Splitters({ panes }: { readonly panes: Store<Panes> }): JSX.Element {
  return (
    <>
      <Splitter pane="stage" panes={panes} />
      <Splitter pane="inspector" panes={panes} />
      <Splitter pane="timeline" panes={panes} />
    </>
  );
}

function Splitter({ pane, panes }: SplitterProps): JSX.Element {
  const { [pane]: size } = useSyncExternalStore(panes.subscribe, panes.get);
  const { min, max } = LIMITS[pane];
  const set = (size: number): void => panes.patch({ [pane]: fitting(pane, size) });

  function press(event: KeyboardEvent): void {
    const { key, shiftKey } = event;
    const now = sizeOf(pane);
    const by = STEP[`${shiftKey}`];
    const [larger, smaller] = KEYS[pane];
    if (key === larger) set(now + by);
    else if (key === smaller) set(now - by);
    else if (key === "Home") set(min);
    else if (key === "End") set(max);
    else return;
    event.preventDefault();
  }

  function drag({ currentTarget, pointerId, clientX, clientY }: PointerEvent): void {
    if (!currentTarget.hasPointerCapture(pointerId)) return;
    const { left, right, bottom } = currentTarget.parentElement!.getBoundingClientRect();
    set({ stage: clientX - left, inspector: right - clientX, timeline: bottom - clientY }[pane]);
  }

  return (
    <div
      className={`splitter at-${pane}`}
      role="separator"
      tabIndex={0}
      aria-label={NAMES[pane]}
      aria-orientation={pane === "timeline" ? "horizontal" : "vertical"}
      aria-controls={`pane-${pane}`}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-valuenow={size ?? min}
      aria-valuetext={size === undefined ? "default" : `${size} pixels`}
      title="Drag, or use the arrow keys; double-click to reset"
      onKeyDown={press}
      onPointerDown={({ currentTarget, pointerId }) => currentTarget.setPointerCapture(pointerId)}
      onPointerMove={drag}
      onDoubleClick={() => panes.patch({ [pane]: undefined })}
    />
  );
}

/** How large a pane is now. */
function sizeOf(pane: Pane): number {
  const { width, height } = document.getElementById(`pane-${pane}`)!.getBoundingClientRect();
  return pane === "timeline" ? height : width;
}
