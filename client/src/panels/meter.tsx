import { type JSX, memo, useEffect, useRef } from "react";
import { watchLevel } from "../session/level.ts";

interface MeterProps {
  readonly label: string;
  readonly stream: MediaStream | undefined;
  /** A word on the source. */
  readonly note: string;
}

/** How loud one side is. */
export const Meter = memo(
  function Meter({ label, stream, note }: MeterProps): JSX.Element {
    const bar = useRef<HTMLDivElement>(null);
    useEffect(() => {
      if (!stream) return;
      // Past React: this changes with every frame of the screen.
      const show = (level: number): void =>
        bar.current?.style.setProperty("--level", String(level));
      const stop = watchLevel(stream, show);
      return () => {
        stop();
        show(0);
      };
    }, [stream]);
    return (
      <div className="meter">
        <span className="label">{label}</span>
        <span className="note">{note}</span>
        <div className="bar" ref={bar} aria-hidden="true" />
      </div>
    );
  },
);
