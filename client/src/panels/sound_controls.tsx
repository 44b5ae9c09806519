import { type JSX, useSyncExternalStore } from "react";
import type { Session } from "../session/session.ts";
import type { SessionView } from "../session/view.ts";
import { Icon } from "./icons.tsx";

interface SoundControlsProps {
  readonly session: Session;
  readonly view: SessionView;
}

/** Which devices, how loud the bot is, and what the browser does to the microphone's sound. */
export function SoundControls({ session, view }: SoundControlsProps): JSX.Element {
  const { microphones, speakers, microphoneId, speakerId } = view;
  const { sound } = session;
  const { volume, echoCancellation, noiseSuppression } = useSyncExternalStore(
    sound.subscribe,
    sound.get,
  );
  const known = microphones.some(({ deviceId }) => deviceId === microphoneId);
  const percent = Math.round(100 * volume);
  return (
    <div className="sound" role="group" aria-label="Sound">
      <label className="device">
        <Icon name="microphone" />
        <select
          aria-label="Microphone"
          value={known ? microphoneId : ""}
          onChange={({ target }) => session.chooseMicrophone(target.value)}
        >
          {known ? null : <option value="">Default microphone</option>}
          {microphones.map(({ deviceId, label }, index) => (
            <option key={deviceId} value={deviceId}>{label || `Microphone ${index + 1}`}</option>
          ))}
        </select>
      </label>
      <label className="device">
        <Icon name="speaker" />
        <select
          aria-label="Speaker"
          value={speakerId}
          onChange={({ target }) => session.chooseSpeaker(target.value)}
        >
          <option value="">Default speaker</option>
          {speakers.filter(({ deviceId }) => deviceId !== "default").map((
            { deviceId, label },
            index,
          ) => <option key={deviceId} value={deviceId}>{label || `Speaker ${index + 1}`}</option>)}
        </select>
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={echoCancellation}
          onChange={({ target }) => session.process({ echoCancellation: target.checked })}
        />
        Cancel echoes
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={noiseSuppression}
          onChange={({ target }) => session.process({ noiseSuppression: target.checked })}
        />
        Reduce noise
      </label>
      <label className="volume">
        <span>Bot's volume</span>
        <input
          type="range"
          min={0}
          max={100}
          step={5}
          value={percent}
          aria-valuetext={`${percent} %`}
          onChange={({ target }) => sound.patch({ volume: target.valueAsNumber / 100 })}
        />
        <output>{percent} %</output>
      </label>
    </div>
  );
}
