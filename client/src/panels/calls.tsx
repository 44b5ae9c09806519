import { type JSX, useEffect, useRef, useState } from "react";
import { type CallShelf, type KeptCall, MOST_CALLS, openShelf } from "../kept/database.ts";
import { NoCallError } from "../kept/open.ts";
import { openFiles, openKept } from "../kept/open_files.ts";
import type { CallRecord } from "../session/record.ts";
import { clock } from "./replay.tsx";

interface CallsProps {
  readonly onOpen: (record: CallRecord) => void;
  readonly onClose: () => void;
}

/** The calls that this browser keeps, and those in files. */
export default function Calls({ onOpen, onClose }: CallsProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [shelf, setShelf] = useState<CallShelf>();
  const [calls, setCalls] = useState<readonly KeptCall[]>();
  const [problem, setProblem] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    openShelf().then(async (shelf) => {
      setShelf(shelf);
      setCalls(await shelf.list());
    }).catch(() => setProblem("This browser keeps nothing here, as private windows do."));
  }, []);

  async function show(opening: Promise<CallRecord>): Promise<void> {
    try {
      onOpen(await opening);
    } catch (error) {
      setProblem(error instanceof NoCallError ? error.message : "The call could not be opened.");
    }
  }

  return (
    <dialog
      ref={dialog}
      className="calls"
      aria-labelledby="calls"
      onClose={onClose}
      onClick={({ target }) => target === dialog.current && onClose()}
    >
      <div className="calls-head">
        <h2 id="calls">Calls</h2>
        <button type="button" onClick={onClose}>Close</button>
      </div>
      {problem ? <p className="problem" role="alert">{problem}</p> : null}
      <ol>
        {calls?.map((call) => (
          <li key={call.id}>
            <button type="button" onClick={() => shelf && void show(openKept(shelf, call))}>
              <time dateTime={call.startedAt.toISOString()}>{dayAndTime(call.startedAt)}</time>
              <span className="what">{[call.bot, call.transport].filter(Boolean).join(" · ")}</span>
              <span className="length">{clock(call.durationMs)}</span>
              <span className={call.failed ? "end failed" : "end"}>
                {call.ending ?? "Its page was closed, or it still goes on."}
              </span>
            </button>
          </li>
        ))}
      </ol>
      {calls?.length === 0
        ? <p className="empty">The last {MOST_CALLS} calls are kept here, in this browser.</p>
        : null}
      <div className="calls-foot">
        <label className="file">
          Open a call file
          <input
            type="file"
            multiple
            accept=".json,.html,.wav,.ogg"
            onChange={({ target }) => void show(openFiles([...target.files ?? []]))}
          />
        </label>
        <button
          type="button"
          disabled={!shelf || calls?.length === 0}
          onClick={() => void shelf?.clear().then(() => setCalls([]))}
        >
          Clear
        </button>
      </div>
    </dialog>
  );
}

function dayAndTime(date: Date): string {
  return date.toLocaleString(undefined, {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}
