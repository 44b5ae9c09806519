import { type JSX, memo, useEffect, useRef, useState } from "react";
import type { Session } from "../session/session.ts";
import type { Side } from "../session/turns.ts";
import { colorOf, fitCanvas } from "./colors.ts";

interface VoiceProps {
  readonly side: Side;
  readonly label: string;
  /** What this side does, in a word. */
  readonly note: string;
  readonly session: Session;
  /** Whether there is sound to be seen. */
  readonly active: boolean;
}

const BAR = 3;
const GAP = 2;
/** How often a new bar comes, in ms. */
const STEP_MS = 40;
/** How long a microphone may be without any sound at all before that is remarkable, in ms. */
const SILENT_MS = 6000;

/** One side's sound, as it comes: its history runs to the left. */
export const Voice = memo(function Voice(props: VoiceProps): JSX.Element {
  const { side, label, note, session, active } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [silent, setSilent] = useState(false);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const samples = new Float32Array(512);
    const bars: number[] = [];
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let last = 0;
    const began = performance.now();
    let heard = false;
    let frame = 0;

    function paint(): void {
      if (!element || !context) return;
      const { width, height } = fitCanvas(element, context);
      const count = Math.ceil(width / (BAR + GAP));
      context.fillStyle = colorOf(element, active ? `--${side}` : "--soft");
      for (let i = 0; i < count; i++) {
        const level = bars[bars.length - 1 - i] ?? 0;
        const size = Math.max(BAR, level * height);
        context.globalAlpha = (1 - 0.75 * i / count) * (active ? 1 : 0.4);
        context.beginPath();
        context.roundRect(width - (i + 1) * (BAR + GAP), (height - size) / 2, BAR, size, BAR / 2);
        context.fill();
      }
      context.globalAlpha = 1;
    }

    function look(time: number): void {
      frame = requestAnimationFrame(look);
      const analyser = session.record?.recorder?.analysers[side];
      if (!analyser) return;
      analyser.getFloatTimeDomainData(samples);
      let power = 0;
      for (const sample of samples) power += sample * sample;
      const decibels = 10 * Math.log10(Math.max(power / samples.length, 1e-12));
      const level = Math.min(1, Math.max(0, 1 + decibels / 60));
      box.current?.style.setProperty("--level", String(level));
      heard ||= level > 0.05;
      setSilent(side === "user" && !heard && time - began > SILENT_MS);
      if (still || time - last < STEP_MS) return;
      last = time;
      bars.push(level ** 2);
      if (bars.length > 400) bars.splice(0, 200);
      paint();
    }

    paint();
    const resized = new ResizeObserver(paint);
    resized.observe(element);
    const restyled = matchMedia("(prefers-color-scheme: dark)");
    restyled.addEventListener("change", paint);
    if (active) frame = requestAnimationFrame(look);
    return () => {
      cancelAnimationFrame(frame);
      resized.disconnect();
      restyled.removeEventListener("change", paint);
      box.current?.style.setProperty("--level", "0");
      setSilent(false);
    };
  }, [active, side, session]);
  const shown = silent && note === "microphone on" ? "no sound comes in" : note;
  return (
    <div className={`meter ${side}`}>
      <span className="label">{label}</span>
      <span className={`note ${shown.replaceAll(" ", "-")}`}>{shown}</span>
      <div className="bar" ref={box} aria-hidden="true">
        <canvas ref={canvas} />
      </div>
    </div>
  );
});
