import { type RefObject, useLayoutEffect, useRef } from "react";

/** How far from its end a list still counts as at its end, in CSS pixels. */
const NEAR = 24;

/** Keeps a list at its end while it grows, unless the user has scrolled up. */
export function useStickToEnd<T extends HTMLElement>(
  content: unknown,
  more?: unknown,
): { readonly ref: RefObject<T | null>; readonly onScroll: () => void } {
  const ref = useRef<T>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (ref.current && atEnd.current) {
      ref.current.scrollTop = ref.current.scrollHeight;
    }
  }, [content, more]);
  const onScroll = (): void => {
    const { current: list } = ref;
    if (list) {
      atEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    }
  };
  return { ref, onScroll };
}
