import type { JSX } from "react";
import type { Session } from "../session/session.ts";
import type { SessionView } from "../session/view.ts";
import { Meter } from "./meter.tsx";

interface ControlsProps {
  readonly session: Session;
  readonly view: SessionView;
}

/** Connect, mute, choose the microphone, and see both sides' levels. */
export function Controls({ session, view }: ControlsProps): JSX.Element {
  const { call, muted, microphones, microphoneId, microphoneFailure } = view;
  const retry = call !== "off" && microphoneFailure !== undefined;
  return (
    <div className="controls">
      {call === "off"
        ? (
          <button type="button" className="main" onClick={session.connect}>
            Connect
          </button>
        )
        : (
          <button
            type="button"
            className="main end"
            onClick={session.disconnect}
          >
            {call === "starting" ? "Cancel" : "Disconnect"}
          </button>
        )}
      <div className="microphone">
        <button
          type="button"
          className="mute"
          aria-pressed={muted}
          onClick={() => session.setMuted(retry ? false : !muted)}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M6 4a2 2 0 0 1 4 0v4a2 2 0 0 1-4 0zM3.5 8a4.5 4.5 0 0 0 9 0M8 12.5V15" />
            {muted || microphoneFailure ? <path d="M2.5 2.5l11 11" /> : null}
          </svg>
          {retry ? "Try again" : muted ? "Unmute" : "Mute"}
        </button>
        <select
          aria-label="Microphone"
          value={microphones.some(({ deviceId }) => deviceId === microphoneId) ? microphoneId : ""}
          onChange={(event) => session.chooseMicrophone(event.target.value)}
        >
          {microphones.some(({ deviceId }) => deviceId === microphoneId)
            ? null
            : <option value="">Default microphone</option>}
          {microphones.map(({ deviceId, label }, index) => (
            <option key={deviceId} value={deviceId}>
              {label || `Microphone ${index + 1}`}
            </option>
          ))}
        </select>
      </div>
      <Meter label="You" stream={view.userSound} note={microphoneNote(view)} />
      <Meter
        label="Bot"
        stream={view.botSound}
        note={view.botSpeaks ? "speaking" : ""}
      />
    </div>
  );
}

function microphoneNote(
  { userSound, muted, microphoneFailure }: SessionView,
): string {
  if (microphoneFailure) return "no microphone";
  if (muted) return "muted";
  return userSound ? "microphone on" : "microphone off";
}
