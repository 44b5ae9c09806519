import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { CallRecord } from "../session/record.ts";
import type { Store } from "../session/store.ts";
import type { Cursor } from "../session/cursor.ts";
import type { CallView } from "../session/view.ts";
import { type Camera, spanOf } from "./timeline_camera.ts";
import { fitCanvas } from "./colors.ts";
import { drawTimeline, type Look, reachedOf } from "./timeline_drawing.ts";

interface Drawing extends Pick<Look, "pointed" | "chosen"> {
  /** The call; absent before the first. */
  readonly record: CallRecord | undefined;
  /** What of it changes between two pictures: whoever wants nothing to move sees it step by step. */
  readonly view: CallView;
  /** Where its replay is. */
  readonly cursor: Pick<Store<Cursor>, "get" | "subscribe">;
  /** Whether the call goes on. */
  readonly runs: boolean;
  readonly camera: Camera;
}

/** Fifteen times a second is smooth enough here. */
const FRAME_MS = 66;

/** Keeps a canvas up to date; returns its reference. */
export function useDrawing(drawing: Drawing): RefObject<HTMLCanvasElement | null> {
  const { record, view, cursor, runs, camera, pointed, chosen } = drawing;
  const [still] = useState(() => matchMedia("(prefers-reduced-motion: reduce)").matches);
  const canvas = useRef<HTMLCanvasElement>(null);
  const lookNow = (): Look => ({
    span: spanOf(camera, record ? reachedOf(record) : 0),
    pointed,
    chosen,
    cursor: cursor.get().at,
  });
  const look = useRef(lookNow);
  const draw = useRef(() => {});

  useLayoutEffect(() => {
    look.current = lookNow;
    draw.current();
  }, [record, cursor, camera, pointed, chosen, still && view]);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    let frame = 0;
    let last = 0;
    draw.current = () => {
      if (record) drawTimeline(element, context, record, look.current());
      else fitCanvas(element, context);
    };
    const again = (): void => draw.current();
    const loop = (time: number): void => {
      frame = requestAnimationFrame(loop);
      if (time - last < FRAME_MS) return;
      last = time;
      again();
    };
    again();
    if (runs && !still) frame = requestAnimationFrame(loop);
    const stop = cursor.subscribe(again);
    const resized = new ResizeObserver(again);
    resized.observe(element);
    const restyled = new MutationObserver(again);
    restyled.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", again);
    return () => {
      cancelAnimationFrame(frame);
      stop();
      resized.disconnect();
      restyled.disconnect();
      scheme.removeEventListener("change", again);
    };
  }, [record, cursor, runs, still]);
  return canvas;
}
