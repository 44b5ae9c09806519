import { type JSX, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { NoCallError } from "./kept/open.ts";
import { openFiles } from "./kept/open_files.ts";
import { openCallDocument } from "./kept/page_file.ts";
import { CallView } from "./panels/call_view.tsx";
import Compare from "./panels/compare.tsx";
import { type Cursor, NO_CURSOR } from "./session/cursor.ts";
import type { CallRecord } from "./session/record.ts";
import { createStore } from "./session/store.ts";
import "./styles/page.css";
import { applyTheme, loadTheme } from "./session/theme.ts";

/** The page of a call that was saved as a file of its own. */
function Viewer({ record }: { readonly record: CallRecord }): JSX.Element {
  const [cursor] = useState(() => createStore<Cursor>(NO_CURSOR));
  const [other, setOther] = useState<CallRecord>();
  const [problem, setProblem] = useState("");
  const view = record.get();
  async function open(files: readonly File[]): Promise<void> {
    try {
      setOther((await openFiles(files))[0]);
      setProblem("");
    } catch (error) {
      setProblem(error instanceof NoCallError ? error.message : "The call could not be opened.");
    }
  }
  useDrop(open);
  const { startedAt, sessionId, endedAt = 0, ending } = view;
  return (
    <>
      <header>
        <h1>Call of {startedAt?.toLocaleString()}</h1>
        <dl>
          <div>
            <dt className="hidden">How it ended</dt>
            <dd>{ending?.sentence}</dd>
          </div>
          <div className={sessionId ? "session" : "session none"}>
            <dt>Session</dt>
            <dd title={sessionId}>{sessionId}</dd>
          </div>
        </dl>
        {problem ? <p role="alert">{problem}</p> : null}
        <label className="file">
          Compare with a call file
          <input
            type="file"
            multiple
            accept=".json,.html,.wav,.ogg"
            onChange={({ target }) => void open([...target.files ?? []])}
          />
        </label>
      </header>
      <main className="alone">
        <CallView
          record={record}
          view={view}
          cursor={cursor}
          live={false}
          transport="phone"
          onSay={() => {}}
          onSeek={(at) =>
            cursor.patch({
              at: Math.max(0, Math.min(endedAt, at)),
              asked: cursor.get().asked + 1,
            })}
        />
      </main>
      {other ? <Compare calls={[record, other]} onClose={() => setOther(undefined)} /> : null}
    </>
  );
}

/** Takes the files that are dropped on the page. */
function useDrop(open: (files: readonly File[]) => Promise<void>): void {
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    addEventListener("dragover", (event) => event.preventDefault(), { signal });
    addEventListener("drop", (event) => {
      event.preventDefault();
      void open([...event.dataTransfer?.files ?? []]);
    }, { signal });
    return () => controller.abort();
  });
}

applyTheme(loadTheme());
const root = document.getElementById("root");
if (root) {
  const page = createRoot(root);
  openCallDocument(document).then(
    (record) => page.render(<Viewer record={record} />),
    (error: Error) => page.render(<p className="empty">{error.message}</p>),
  );
}
