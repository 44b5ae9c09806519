import { type JSX, type KeyboardEvent, useState } from "react";
import type { Session } from "../session/session.ts";
import type { Settings } from "../session/settings.ts";
import type { CallView } from "../session/view.ts";
import { lazyPanel } from "./lazy_panel.tsx";
import { Messages } from "./messages.tsx";

const Latency = lazyPanel(() => import("./latency.tsx"));
const Connection = lazyPanel(() => import("./connection.tsx"));
const Log = lazyPanel(() => import("./log.tsx"));
const Request = lazyPanel(() => import("./request.tsx"));

interface InspectorProps {
  readonly view: CallView;
  /** What a call is asked for; absent where none can be made. */
  readonly request: { readonly session: Session; readonly settings: Settings } | undefined;
  /** The message to open; another object opens the same one again. */
  readonly chosen: Chosen | undefined;
  /** Goes to a moment of the call, in ms since it began. */
  readonly onSeek: (at: number) => void;
}

/** A message that was chosen, by its key. */
export interface Chosen {
  readonly key: number;
}

const TABS = ["Messages", "Latency", "Connection", "Log", "Request"] as const;

/** What went over the line, how fast, how well, and what is asked for. */
export function Inspector(props: InspectorProps): JSX.Element {
  const { view, request, chosen, onSeek } = props;
  const tabs = TABS.filter((name) => request || (name !== "Request" && name !== "Log"));
  const [tab, setTab] = useState<(typeof TABS)[number]>("Messages");
  const [seen, setSeen] = useState(chosen);
  if (seen !== chosen) {
    setSeen(chosen);
    setTab("Messages");
  }

  function move(event: KeyboardEvent<HTMLDivElement>): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length] ?? "Messages";
    setTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  }

  return (
    <section className="panel inspector" id="pane-inspector" aria-label="Inspector">
      <h2 className="hidden">Inspector</h2>
      <div className="tabs" role="tablist" aria-label="Inspector" onKeyDown={move}>
        {tabs.map((name) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={name === tab}
            aria-controls="inspector"
            tabIndex={name === tab ? 0 : -1}
            onClick={() => setTab(name)}
          >
            {name}
            {name === "Messages" && view.messages.length > 0
              ? <span className="count">{view.messages.length}</span>
              : null}
          </button>
        ))}
      </div>
      <div className="page" id="inspector" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "Messages"
          ? <Messages messages={view.messages} chosen={chosen} onOpen={onSeek} />
          : null}
        {tab === "Latency"
          ? (
            <Latency
              turns={view.turns}
              phases={view.phases}
              messages={view.messages}
              onSeek={onSeek}
            />
          )
          : null}
        {tab === "Connection" ? <Connection quality={view.quality} path={view.path} /> : null}
        {tab === "Log" && request
          ? (
            <Log
              sessionId={view.sessionId}
              runs={view.endedAt === undefined}
              settings={request.settings}
            />
          )
          : null}
        {tab === "Request" && request ? <Request {...request} /> : null}
      </div>
    </section>
  );
}
