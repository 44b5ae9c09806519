import { type JSX, useEffect, useRef } from "react";

const SHORTCUTS: readonly (readonly [keys: string, what: string])[] = [
  ["m", "Mute, or unmute"],
  ["/", "Search the messages"],
  ["0 to 9, * and #", "Press a key of the phone, in a call"],
  ["Space", "Talk, while it is held, with push to talk on"],
  ["← →", "Go from message to message, on the timeline"],
  ["+ −, 0, L", "Zoom, the whole call, follow it; on the timeline"],
  ["Enter", "Open the message, on the timeline"],
  ["?", "This list"],
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
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
