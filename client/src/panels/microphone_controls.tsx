import { type JSX, useEffect, useRef, useState } from "react";
import type { Session } from "../session/session.ts";
import type { SessionView } from "../session/view.ts";
import { Icon } from "./icons.tsx";

interface MicrophoneControlsProps {
  readonly session: Session;
  readonly view: SessionView;
}

/** Mute, and push-to-talk. */
export function MicrophoneControls({ session, view }: MicrophoneControlsProps): JSX.Element {
  const { call, muted, microphoneFailure } = view;
  const [pushToTalk, setPushToTalk] = useState(false);
  const retry = call !== "off" && microphoneFailure !== undefined;
  const talk = usePushToTalk(pushToTalk, session);

  return (
    <div className="microphone">
      {pushToTalk
        ? (
          <button type="button" className="mute" aria-pressed={!muted} {...talk}>
            <Icon name={muted ? "muted" : "microphone"} />
            {muted ? "Hold to talk" : "Talking"}
          </button>
        )
        : (
          <button
            type="button"
            className="mute"
            aria-pressed={muted}
            onClick={() => session.setMuted(retry ? false : !muted)}
          >
            <Icon name={muted || microphoneFailure ? "muted" : "microphone"} />
            {retry ? "Try again" : muted ? "Unmute" : "Mute"}
          </button>
        )}
      <label className="check">
        <input
          type="checkbox"
          checked={pushToTalk}
          onChange={(event) => {
            setPushToTalk(event.target.checked);
            session.setMuted(event.target.checked);
          }}
        />
        Push to talk
      </label>
    </div>
  );
}

/** What a space bar is typed into, or works by itself. */
const FIELDS = "input, textarea, select, summary, [role=tab], [role=slider]";

/** While the button, or the space bar outside of fields, is held, the microphone is open. */
function usePushToTalk(on: boolean, session: Session): Readonly<Record<string, () => void>> {
  const held = useRef(false);
  const press = (): void => {
    held.current = true;
    session.setMuted(false);
  };
  const release = (): void => {
    if (!held.current) return;
    held.current = false;
    session.setMuted(true);
  };
  useEffect(() => {
    if (!on) return;
    const talks = ({ code, target }: KeyboardEvent): boolean => {
      if (!(target instanceof Element)) return code === "Space";
      // Enter presses a button, and so it talks where the button does.
      if (code === "Enter") return target.closest(".mute") !== null;
      return code === "Space" && !target.closest(FIELDS);
    };
    const down = (event: KeyboardEvent): void => {
      if (!talks(event)) return;
      event.preventDefault(); // no scrolling, and no click on the button
      if (!event.repeat) press();
    };
    const up = (event: KeyboardEvent): void => {
      if (!talks(event)) return;
      event.preventDefault();
      release();
    };
    addEventListener("keydown", down);
    addEventListener("keyup", up);
    addEventListener("blur", release);
    return () => {
      removeEventListener("keydown", down);
      removeEventListener("keyup", up);
      removeEventListener("blur", release);
    };
  }, [on]);
  return { onPointerDown: press, onPointerUp: release, onPointerLeave: release };
}
