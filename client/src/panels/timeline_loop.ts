import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import type { Session } from "../session/session.ts";
import { type Camera, spanOf } from "./timeline_camera.ts";
import { drawTimeline, type Look, reachedOf } from "./timeline_drawing.ts";

interface Drawing extends Pick<Look, "pointed" | "chosen"> {
  readonly session: Session;
  readonly startedAt: Date | undefined;
  /** Whether the call goes on. */
  readonly runs: boolean;
  readonly camera: Camera;
}

/** Fifteen times a second is smooth enough here. */
const FRAME_MS = 66;

/** Keeps a canvas up to date; returns its reference. */
export function useDrawing(drawing: Drawing): RefObject<HTMLCanvasElement | null> {
  const { session, startedAt, runs, camera, pointed, chosen } = drawing;
  const canvas = useRef<HTMLCanvasElement>(null);
  const look = useRef<() => Look>(() => ({ span: spanOf(camera, 0), pointed, chosen }));
  const draw = useRef(() => {});

  useLayoutEffect(() => {
    look.current = () => ({ span: spanOf(camera, reachedOf(session)), pointed, chosen });
    draw.current();
  }, [session, camera, pointed, chosen]);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    let frame = 0;
    let last = 0;
    draw.current = () => drawTimeline(element, context, session, look.current());
    const again = (): void => draw.current();
    const loop = (time: number): void => {
      frame = requestAnimationFrame(loop);
      if (time - last < FRAME_MS) return;
      last = time;
      again();
    };
    again();
    if (runs) frame = requestAnimationFrame(loop);
    const resized = new ResizeObserver(again);
    resized.observe(element);
    const restyled = new MutationObserver(again);
    restyled.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", again);
    return () => {
      cancelAnimationFrame(frame);
      resized.disconnect();
      restyled.disconnect();
      scheme.removeEventListener("change", again);
    };
  }, [session, startedAt, runs]);
  return canvas;
}
