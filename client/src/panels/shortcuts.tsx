import { type JSX, useEffect, useRef } from "react";

const SHORTCUTS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["Space"], "Play or pause a call that is over; with push to talk, hold it to talk"],
  [["m"], "Mute or unmute"],
  [["/"], "Search the messages"],
  [["0–9", "*", "#"], "Press a key of the phone, in a call"],
  [["←", "→"], "On the timeline: go from message to message"],
  [["Enter"], "On the timeline: open the message"],
  [["+", "−", "0", "L"], "On the timeline: zoom, show the whole call, follow it"],
  [["←", "→", "↑", "↓"], "On an edge between two parts of the page: move it"],
  [["?"], "This list"],
];

interface ShortcutsProps {
  readonly onClose: () => void;
}

/** The keys that do something. */
export default function Shortcuts({ onClose }: ShortcutsProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="calls" aria-labelledby="shortcuts" onClose={onClose}>
      <div className="calls-head">
        <h2 id="shortcuts">Keys</h2>
        <button type="button" onClick={() => dialog.current?.close()}>Close</button>
      </div>
      <dl className="shortcuts">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={what}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
