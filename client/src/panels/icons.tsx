import type { JSX } from "react";

/** The page's drawings, on a grid of 16. */
const PATHS = {
  microphone: "M6 4a2 2 0 0 1 4 0v4a2 2 0 0 1-4 0zM3.5 8a4.5 4.5 0 0 0 9 0M8 12.5V15",
  muted: "M6 4a2 2 0 0 1 4 0v4a2 2 0 0 1-4 0zM3.5 8a4.5 4.5 0 0 0 9 0M8 12.5V15M2.5 2.5l11 11",
  camera: "M2 4.5h8v7H2zM10 7l4-2v6l-4-2",
  screen: "M2 3h12v8H2zM5.5 13.5h5M8 11v2.5",
  speaker: "M2.5 6v4h2.5l3.5 3V3L5 6zM11 5.5a3.5 3.5 0 0 1 0 5M13 3.5a6.5 6.5 0 0 1 0 9",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  link:
    "M6.5 9.5l3-3M7 4.5l1.5-1.5a3.2 3.2 0 0 1 4.5 4.5L11.5 9M9 11.5L7.5 13A3.2 3.2 0 0 1 3 8.5L4.5 7",
  check: "M3 8.5l3.5 3.5L13 4.5",
  system: "M2.5 3.5h11v7.5h-11zM6 13.5h4",
  light:
    "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7",
  dark: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z",
  webrtc: "M2 11.5c2-7 4-7 6-3s4 4 6-3",
  websocket: "M3 5.5h10M10.5 3L13 5.5M13 10.5H3M5.5 8L3 10.5 5.5 13",
  phone:
    "M5.2 2.5l1.6 3-1.4 1.4a8 8 0 0 0 3.7 3.7l1.4-1.4 3 1.6c0 1.6-1.2 2.7-2.6 2.7A9 9 0 0 1 2.5 5.1c0-1.4 1.1-2.6 2.7-2.6z",
  daily: "M2 5h8v6.5H2zM10 7.5l4-2v5.5l-4-2",
  livekit: "M3 3v10h5M8 3v5M12.5 3v10M8 8h4.5",
  download: "M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10",
  calls: "M2.5 4h11M2.5 8h11M2.5 12h7",
  play: "M5 3v10l8-5z",
  pause: "M5.5 3v10M10.5 3v10",
  keypad: "M4 4h.01M8 4h.01M12 4h.01M4 8h.01M8 8h.01M12 8h.01M4 12h.01M8 12h.01M12 12h.01",
  plus: "M8 3.5v9M3.5 8h9",
  minus: "M3.5 8h9",
  send: "M13.5 2.5L7 9M13.5 2.5l-4 11L7 9 2.5 6.5z",
  attach:
    "M12.5 7.5l-5 5a3 3 0 0 1-4.2-4.2l5.6-5.6a2 2 0 0 1 2.8 2.8l-5.5 5.5a1 1 0 0 1-1.4-1.4l5-5",
  tool: "M9.5 3.2a3 3 0 0 0 3.6 3.8L7 13.1a1.6 1.6 0 0 1-2.3-2.3l6-6",
  warning: "M8 2.5l6 11H2zM8 6.5v3.2M8 11.6v.2",
} as const;

/** A drawing; what it means has to be said beside it. */
export function Icon({ name }: { readonly name: keyof typeof PATHS }): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
