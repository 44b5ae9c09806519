import { type JSX, useState } from "react";
import { createRoot } from "react-dom/client";
import { openCallDocument } from "./kept/page_file.ts";
import { CallView } from "./panels/call_view.tsx";
import { type Cursor, NO_CURSOR } from "./session/cursor.ts";
import type { CallRecord } from "./session/record.ts";
import { createStore } from "./session/store.ts";
import "./styles/page.css";
import { applyTheme, loadTheme } from "./session/theme.ts";

/** The page of a call that was saved as a file of its own. */
function Viewer({ record }: { readonly record: CallRecord }): JSX.Element {
  const [cursor] = useState(() => createStore<Cursor>(NO_CURSOR));
  const view = record.get();
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
    </>
  );
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
