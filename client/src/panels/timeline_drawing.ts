import type { Session } from "../session/session.ts";
import { colorOf, fitCanvas } from "./colors.ts";

/** Never less than this is in view, so that a young call does not jump about, in ms. */
const LEAST_MS = 20_000;
/** Never more while the call runs. */
const LIVE_MS = 60_000;
const LOUDNESS_STEP_MS = 50;
const LEFT = 44;
const RIGHT = 24;
const AXIS = 18;
const MARKS = 20;
const FONT = "11px system-ui, sans-serif";

/** Draws the call into the canvas: two voices, the steps before them, and moments on top. */
export function drawTimeline(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  session: Session,
): void {
  const { width, height } = fitCanvas(canvas, context);
  const view = session.get();
  const { loudness } = session;
  const color = (name: string): string => colorOf(canvas, name);
  const steps = Math.max(loudness.user.length, loudness.bot.length);
  const reached = view.endedAt ??
    Math.max(loudness.from + steps * LOUDNESS_STEP_MS, view.phases.at(-1)?.from ?? 0);
  const end = Math.max(LEAST_MS, reached);
  const begin = view.endedAt === undefined ? Math.max(0, end - LIVE_MS) : 0;
  const x = (ms: number): number => LEFT + (ms - begin) / (end - begin) * (width - LEFT - RIGHT);
  const lane = (height - AXIS - MARKS) / 2;
  const middle = { user: MARKS + lane / 2, bot: MARKS + lane * 1.5 };

  context.font = FONT;
  context.textBaseline = "middle";
  context.fillStyle = color("--soft");
  context.textAlign = "left";
  context.fillText("You", 12, middle.user);
  context.fillText("Bot", 12, middle.bot);
  drawAxis();

  context.save();
  context.beginPath();
  context.rect(LEFT, 0, width - LEFT, height);
  context.clip();
  for (const side of ["user", "bot"] as const) {
    context.fillStyle = color(`--${side}-wash`);
    for (const { side: who, from, to = reached } of view.speeches) {
      if (who !== side) continue;
      context.beginPath();
      context.roundRect(
        x(from),
        middle[side] - lane / 2 + 3,
        Math.max(2, x(to) - x(from)),
        lane - 6,
        5,
      );
      context.fill();
    }
    drawVoice(side);
  }
  drawPhases();
  for (const { at, latencyMs } of view.turns) {
    context.fillStyle = color("--accent");
    context.globalAlpha = 0.9;
    context.fillRect(x(at), MARKS + lane - 1, Math.max(2, x(at + latencyMs) - x(at)), 3);
    context.globalAlpha = 1;
  }
  for (const { at, kind, label } of view.moments) drawMoment(at, kind, label);
  context.restore();

  function drawVoice(side: "user" | "bot"): void {
    const levels = loudness[side];
    context.fillStyle = color(`--${side}`);
    // At least two pixels a bar: several steps share one when the call is long.
    const per = Math.max(1, Math.ceil(3 / (x(LOUDNESS_STEP_MS) - x(0))));
    const first = Math.max(0, Math.floor((begin - loudness.from) / LOUDNESS_STEP_MS / per) * per);
    const bar = Math.max(1.5, (x(LOUDNESS_STEP_MS * per) - x(0)) * 0.62);
    for (let i = first; i < levels.length; i += per) {
      let loud = 0;
      for (let k = i; k < i + per; k++) loud = Math.max(loud, levels[k] ?? 0);
      const size = Math.max(1, loud ** 2 * (lane - 8));
      context.fillRect(x(loudness.from + i * LOUDNESS_STEP_MS), middle[side] - size / 2, bar, size);
    }
  }

  function drawPhases(): void {
    view.phases.forEach(({ from, to = reached }, i) => {
      context.fillStyle = color("--step");
      context.globalAlpha = i % 2 === 0 ? 0.9 : 0.5;
      context.fillRect(x(from), height - AXIS - 4, Math.max(1, x(to) - x(from)), 4);
    });
    context.globalAlpha = 1;
  }

  function drawMoment(at: number, kind: string, label: string): void {
    const cut = kind === "interrupted" || kind === "clear";
    const bad = kind === "warning" || kind === "broken";
    context.fillStyle = context.strokeStyle = color(cut || bad ? "--danger" : "--step");
    context.globalAlpha = 0.5;
    context.beginPath();
    context.moveTo(x(at), MARKS - 2);
    context.lineTo(x(at), height - AXIS);
    context.stroke();
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(x(at), MARKS - 8, 3.5, 0, 7);
    context.fill();
    if (kind !== "key") return;
    context.fillStyle = color("--text");
    context.fillText(label.replace("Key ", ""), x(at) + 6, MARKS - 8);
  }

  function drawAxis(): void {
    const spread = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600]
      .find((seconds) => (end - begin) / 1000 / seconds <= Math.max(4, width / 90)) ?? 1200;
    context.fillStyle = color("--soft");
    context.strokeStyle = color("--line");
    context.textAlign = "center";
    for (let t = Math.ceil(begin / 1000 / spread) * spread; t * 1000 <= end; t += spread) {
      context.beginPath();
      context.moveTo(x(t * 1000), MARKS);
      context.lineTo(x(t * 1000), height - AXIS);
      context.stroke();
      const minutes = Math.floor(t / 60);
      context.fillText(`${minutes}:${String(t % 60).padStart(2, "0")}`, x(t * 1000), height - 8);
    }
    context.textAlign = "left";
  }
}
