import { type JSX, useEffect, useRef, useState } from "react";
import { saveCallPage } from "../session/call_file.ts";
import { clock } from "../session/clock.ts";
import type { CallRecord } from "../session/record.ts";

interface SaveCallProps {
  readonly record: CallRecord;
  readonly onClose: () => void;
}

/** Says what a call file has in it, before it is made. */
export default function SaveCall({ record, onClose }: SaveCallProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [numbers, setNumbers] = useState(false);
  const [problem, setProblem] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const { endedAt = 0, messages, conversation } = record.get();

  async function save(): Promise<void> {
    try {
      await saveCallPage(record, { numbers });
      onClose();
    } catch {
      setProblem("The file could not be made. Is the runner still running?");
    }
  }

  return (
    <dialog ref={dialog} className="calls" aria-labelledby="save-call" onClose={onClose}>
      <div className="calls-head">
        <h2 id="save-call">Save the call as one file</h2>
        <button type="button" onClick={onClose}>Cancel</button>
      </div>
      <p className="what-is-in-it">
        A page that opens with a double click, without a network. Anyone who gets it can hear both
        voices ({clock(endedAt)}), and read what was said ({conversation.lines.length}×) and every
        message ({messages.length}×).
      </p>
      <label className="numbers-too">
        <input
          type="checkbox"
          checked={numbers}
          onChange={({ target }) => setNumbers(target.checked)}
        />
        Include phone numbers
      </label>
      {problem ? <p className="problem" role="alert">{problem}</p> : null}
      <div className="calls-foot">
        <span />
        <button type="button" className="main" onClick={() => void save()}>Save</button>
      </div>
    </dialog>
  );
}
