import { STEP_MS } from "../audio/loudness.ts";
import type { CallRecord } from "../session/record.ts";
import type { LoggedMessage } from "../session/happenings.ts";
import { colorOf, fitCanvas } from "./colors.ts";
import type { Span } from "./timeline_camera.ts";
import { firstAt } from "../session/sorted.ts";
import type { Tick } from "./timeline_ticks.ts";

const LEFT = 78;
const RIGHT = 24;
const AXIS = 18;
const MARKS = 20;
const MESSAGES = 22;
const FONT = "11px system-ui, sans-serif";

/** How far the call has come, in ms since it began. */
export function reachedOf(record: CallRecord): number {
  const { endedAt, phases, messages } = record.get();
  const { from, user, bot } = record.loudness;
  return endedAt ?? Math.max(
    from + Math.max(user.length, bot.length) * STEP_MS,
    phases.at(-1)?.from ?? 0,
    messages.at(-1)?.ms ?? 0,
  );
}

/** Where a time is on a canvas of this width, in CSS pixels, and the other way round. */
export function scaleOf({ from, to }: Span, width: number): {
  x(ms: number): number;
  time(x: number): number;
} {
  const perMs = Math.max(1, width - LEFT - RIGHT) / (to - from);
  return { x: (ms) => LEFT + (ms - from) * perMs, time: (x) => from + (x - LEFT) / perMs };
}

/** What of the timeline is at this height, in CSS pixels. */
export function laneAt(y: number, height: number): "moments" | "voices" | "messages" {
  if (y < MARKS) return "moments";
  return y > height - AXIS - MESSAGES ? "messages" : "voices";
}

/** What the drawing shows beside the call itself. */
export interface Look {
  readonly span: Span;
  /** What is pointed at. */
  readonly pointed: Tick | undefined;
  /** The key of the message that is open in the list. */
  readonly chosen: number | undefined;
  /** Where the replay is, in ms since the call began. */
  readonly cursor: number | undefined;
}

/** Draws the call: two voices, the steps before them, messages below, and moments on top. */
export function drawTimeline(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  record: CallRecord,
  { span, pointed, chosen, cursor }: Look,
): void {
  const { width, height } = fitCanvas(canvas, context);
  const view = record.get();
  const { loudness } = record;
  const { from: begin, to: end } = span;
  const { x } = scaleOf(span, width);
  /** How wide a stretch of time is, up to the end of what is in view. */
  const wide = (from: number, to: number): number => Math.max(2, x(Math.min(to, end)) - x(from));
  const reached = reachedOf(record);
  const lane = (height - AXIS - MARKS - MESSAGES) / 2;
  const middle = { user: MARKS + lane / 2, bot: MARKS + lane * 1.5 };
  const lines = height - AXIS - MESSAGES;
  const colors = new Map<string, string>();
  const color = (name: string): string => {
    const known = colors.get(name) ?? colorOf(canvas, name);
    colors.set(name, known);
    return known;
  };

  context.font = FONT;
  context.textBaseline = "middle";
  context.fillStyle = color("--soft");
  context.textAlign = "left";
  context.fillText("You", 16, middle.user);
  context.fillText("Bot", 16, middle.bot);
  context.fillText("Messages", 16, lines + MESSAGES / 2);
  drawAxis();

  context.save();
  context.beginPath();
  context.rect(LEFT - 2, 0, width - LEFT + 2, height);
  context.clip();
  for (const side of ["user", "bot"] as const) {
    context.fillStyle = color(`--${side}-wash`);
    for (const { side: who, from, to = reached } of view.speeches) {
      if (who !== side || to < begin || from > end) continue;
      const top = middle[side] - lane / 2 + 3;
      context.beginPath();
      context.roundRect(x(from), top, wide(from, to), lane - 6, 5);
      context.fill();
    }
    drawVoice(side);
  }
  drawPhases();
  for (const { at, latencyMs } of view.turns) {
    if (at > end) continue;
    context.fillStyle = color("--accent");
    context.fillRect(x(at), MARKS + lane - 1, wide(at, at + latencyMs), 3);
  }
  drawMessages();
  let named = -Infinity;
  for (const { at, kind, label } of view.moments) {
    if (at >= begin && at <= end) drawMoment(at, kind, label);
  }
  if (pointed) drawPointed(pointed);
  if (cursor !== undefined) drawCursor(cursor);
  context.restore();

  function drawVoice(side: "user" | "bot"): void {
    const levels = loudness[side];
    context.fillStyle = color(`--${side}`);
    // At least two pixels a bar: several steps share one when much is in view.
    const step = x(STEP_MS) - x(0);
    const per = Math.max(1, Math.ceil(3 / step));
    const index = (ms: number): number => Math.floor((ms - loudness.from) / STEP_MS / per);
    const last = Math.min(levels.length, (index(end) + 1) * per);
    const bar = Math.min(8, Math.max(1.5, step * per * 0.62));
    for (let i = Math.max(0, index(begin) * per); i < last; i += per) {
      let loud = 0;
      for (let k = i; k < i + per; k++) loud = Math.max(loud, levels[k] ?? 0);
      const size = Math.max(1, loud ** 2 * (lane - 8));
      context.fillRect(x(loudness.from + i * STEP_MS), middle[side] - size / 2, bar, size);
    }
  }

  function drawPhases(): void {
    view.phases.forEach(({ from, to = reached }, i) => {
      if (from > end) return;
      context.fillStyle = color("--step");
      context.globalAlpha = i % 2 === 0 ? 0.9 : 0.5;
      context.fillRect(x(from), lines - 4, wide(from, to), 4);
    });
    context.globalAlpha = 1;
  }

  /** What comes from the bot hangs down to the middle of the lane, what goes there stands on it. */
  function drawMessages(): void {
    const { messages } = view;
    context.fillStyle = color("--line");
    context.fillRect(x(begin), lines + MESSAGES / 2, x(end) - x(begin), 1);
    const drawn = { in: -Infinity, out: -Infinity };
    const first = firstAt(messages, begin, ({ ms }) => ms);
    for (let i = first; i < messages.length; i++) {
      const message = messages[i];
      if (!message || message.ms > end) break;
      const { direction, type } = message;
      const place = Math.round(x(message.ms));
      const bad = type === "error" || type === "error-response";
      if (place === drawn[direction] && !bad) continue; // thousands share a pixel
      drawn[direction] = place;
      drawTick(message, place, bad);
    }
  }

  function drawTick({ direction, key }: LoggedMessage, place: number, bad: boolean): void {
    const half = MESSAGES / 2;
    context.fillStyle = color(bad ? "--danger" : direction === "in" ? "--bot" : "--user");
    const top = direction === "in" ? lines + 2 : lines + half + 1;
    context.fillRect(place - 1, top, 2, half - 2);
    if (key === chosen) context.fillRect(place - 3, top, 6, half - 2);
  }

  function drawMoment(at: number, kind: string, label: string): void {
    const cut = kind === "interrupted" || kind === "clear";
    const bad = kind === "warning" || kind === "broken";
    context.fillStyle = context.strokeStyle = color(cut || bad ? "--danger" : "--step");
    context.globalAlpha = 0.5;
    context.beginPath();
    context.moveTo(x(at), MARKS - 2);
    context.lineTo(x(at), lines);
    context.stroke();
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(x(at), MARKS - 8, 3.5, 0, 7);
    context.fill();
    // Names stand where there is room for them.
    if ((kind !== "key" && kind !== "tool") || x(at) < named) return;
    const name = label.replace("Key ", "");
    context.fillStyle = color("--text");
    context.fillText(name, x(at) + 7, MARKS - 8);
    named = x(at) + context.measureText(name).width + 14;
  }

  function drawPointed({ at, kind }: Tick): void {
    context.fillStyle = color("--text");
    context.globalAlpha = 0.6;
    context.fillRect(Math.round(x(at)) - 0.5, MARKS - 8, 1, height - AXIS - MARKS + 8);
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(x(at), kind === "moment" ? MARKS - 8 : lines + MESSAGES / 2, 4.5, 0, 7);
    context.fill();
  }

  function drawCursor(at: number): void {
    context.fillStyle = color("--text");
    context.fillRect(x(at) - 1, MARKS - 6, 2, lines - MARKS + 6);
    context.beginPath();
    context.arc(x(at), MARKS - 6, 4, 0, 7);
    context.fill();
  }

  function drawAxis(): void {
    const [spread = 1200] = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600]
      .filter((seconds) => (end - begin) / 1000 / seconds <= Math.max(4, width / 90));
    context.fillStyle = color("--soft");
    context.strokeStyle = color("--line");
    context.textAlign = "center";
    for (let n = Math.ceil(begin / 1000 / spread); n * spread * 1000 <= end; n++) {
      const place = x(n * spread * 1000);
      context.beginPath();
      context.moveTo(place, MARKS);
      context.lineTo(place, lines);
      context.stroke();
      context.fillText(clock(n * spread, spread), place, height - 8);
    }
    context.textAlign = "left";
  }
}

/** A time as people read it: 1:05, or 1:05.2 where that matters. */
function clock(seconds: number, spread: number): string {
  const tenths = Math.round(seconds * 10);
  const rest = String(Math.floor(tenths / 10) % 60).padStart(2, "0");
  return `${Math.floor(tenths / 600)}:${rest}${spread < 1 ? `.${tenths % 10}` : ""}`;
}
