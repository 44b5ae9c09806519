import { type JSX, useEffect, useRef, useState } from "react";
import { type CallShelf, type KeptCall, MOST_CALLS, openShelf } from "../kept/database.ts";
import { NoCallError } from "../kept/open.ts";
import { openFiles, openKept } from "../kept/open_files.ts";
import { clock } from "../session/clock.ts";
import type { CallRecord } from "../session/record.ts";

interface CallsProps {
  /** Opens a call, or two side by side. */
  readonly onOpen: (calls: readonly CallRecord[]) => void;
  readonly onClose: () => void;
}

/** The calls that this browser keeps, and those in files. */
export default function Calls({ onOpen, onClose }: CallsProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [shelf, setShelf] = useState<CallShelf>();
  const [calls, setCalls] = useState<readonly KeptCall[]>();
  const [problem, setProblem] = useState("");
  /** Those to compare: of more than two, the latest two that were chosen. */
  const [chosen, setChosen] = useState<readonly KeptCall[]>([]);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    openShelf().then(async (shelf) => {
      setShelf(shelf);
      setCalls(await shelf.list());
    }).catch(() => setProblem("This browser keeps no calls. Private windows never do."));
  }, []);

  async function show(opening: Promise<readonly CallRecord[]>): Promise<void> {
    try {
      onOpen(await opening);
    } catch (error) {
      setProblem(error instanceof NoCallError ? error.message : "The call could not be opened.");
    }
  }

  const open = (calls: readonly KeptCall[]): void => {
    if (shelf) void show(Promise.all(calls.map((call) => openKept(shelf, call))));
  };
  const choose = (call: KeptCall, wanted: boolean): void => {
    const others = chosen.filter(({ id }) => id !== call.id);
    setChosen(wanted ? [...others, call].slice(-2) : others);
  };

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
            <input
              type="checkbox"
              aria-label={`Compare the call of ${dayAndTime(call.startedAt)}`}
              checked={chosen.some(({ id }) => id === call.id)}
              onChange={({ target }) => choose(call, target.checked)}
            />
            <button type="button" onClick={() => open([call])}>
              <time dateTime={call.startedAt.toISOString()}>{dayAndTime(call.startedAt)}</time>
              <span className="what">{[call.bot, call.transport].filter(Boolean).join(" · ")}</span>
              <span className="length">{clock(call.durationMs)}</span>
              <span className={call.failed ? "end failed" : "end"}>
                {call.ending ?? "Its page was closed, or it is still going on."}
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
          onClick={() =>
            void shelf?.clear().then(() => {
              setCalls([]);
              setChosen([]);
            })}
        >
          Clear
        </button>
        <button
          type="button"
          className="main"
          disabled={chosen.length < 2}
          title="Choose two calls"
          onClick={() => open(chosen)}
        >
          Compare two
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
