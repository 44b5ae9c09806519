import { type RefObject, useEffect, useRef } from "react";

/** What a hand, a mouse or a finger, does with the timeline; places are in CSS pixels. */
export interface Gestures {
  /** Moves what is in view by so much to the right. */
  drag(by: number): void;
  /** Looks from further away for a factor above 1; the place stays where it is. */
  zoom(factor: number, x: number): void;
  /** Points somewhere, or nowhere. */
  point(place: Place | undefined): void;
  /** Clicks, or taps. */
  choose(place: Place): void;
}

/** A place on the timeline. */
export interface Place {
  readonly x: number;
  readonly y: number;
  /** Fingers are broader than arrows. */
  readonly touch: boolean;
}

/** A hand that moves less than this wants to click, in CSS pixels. */
const STILL = 4;
const WHEEL_STEP = 0.0015;

/** Turns the events of a wheel, a mouse and fingers into gestures. */
export function useHand(target: RefObject<HTMLElement | null>, gestures: Gestures): void {
  const current = useRef(gestures);
  current.current = gestures;
  useEffect(() => {
    const element = target.current;
    if (!element) return;
    const controller = new AbortController();
    const { signal } = controller;
    /** Where each finger was last. */
    const down = new Map<number, number>();
    let moved = 0;

    const placeOf = ({ clientX, clientY, pointerType }: PointerEvent): Place => {
      const { left, top } = element.getBoundingClientRect();
      return { x: clientX - left, y: clientY - top, touch: pointerType === "touch" };
    };
    const spread = (): { width: number; middle: number } => {
      const [a = 0, b = a] = down.values();
      return { width: Math.max(1, Math.abs(a - b)), middle: (a + b) / 2 };
    };

    element.addEventListener("wheel", (event) => {
      const { deltaX, deltaY, deltaMode, ctrlKey, metaKey, shiftKey } = event;
      const pixels = deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const sideways = shiftKey ? deltaY || deltaX : deltaX;
      const { scrollHeight, clientHeight } = document.documentElement;
      if (Math.abs(sideways) > Math.abs(shiftKey ? 0 : deltaY)) {
        event.preventDefault();
        return current.current.drag(-sideways * pixels);
      }
      // Where the page itself can be scrolled, the wheel belongs to the page.
      if (!ctrlKey && !metaKey && scrollHeight > clientHeight) return;
      event.preventDefault();
      const x = event.clientX - element.getBoundingClientRect().left;
      // A pinch on a touchpad comes as a wheel with Ctrl, in smaller steps.
      current.current.zoom(Math.exp(deltaY * pixels * WHEEL_STEP * (ctrlKey ? 5 : 1)), x);
    }, { signal, passive: false });

    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      if (down.size === 0) moved = 0;
      down.set(event.pointerId, placeOf(event).x);
    }, { signal });

    element.addEventListener("pointermove", (event) => {
      const place = placeOf(event);
      const last = down.get(event.pointerId);
      if (last === undefined) return current.current.point(place);
      const before = spread();
      down.set(event.pointerId, place.x);
      const after = spread();
      moved += Math.abs(place.x - last);
      if (moved < STILL) return;
      current.current.point(undefined);
      if (down.size > 1) current.current.zoom(before.width / after.width, after.middle);
      current.current.drag(after.middle - before.middle);
    }, { signal });

    const up = (event: PointerEvent): void => {
      if (!down.delete(event.pointerId) || event.type === "pointercancel") return;
      if (moved < STILL && down.size === 0) current.current.choose(placeOf(event));
    };
    element.addEventListener("pointerup", up, { signal });
    element.addEventListener("pointercancel", up, { signal });
    element.addEventListener("pointerleave", ({ pointerType }) => {
      // A finger leaves whenever it is lifted; what it has pointed at stays.
      if (pointerType !== "touch") current.current.point(undefined);
    }, { signal });
    return () => controller.abort();
  }, [target]);
}
