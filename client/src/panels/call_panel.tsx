import { type JSX, useEffect, useState, useSyncExternalStore } from "react";
import { CARRIER_NAMES } from "../../../src/core/transport_names.ts";
import { needOf } from "../session/availability.ts";
import type { CallRecord } from "../session/record.ts";
import type { Panes } from "../session/panes.ts";
import type { Session } from "../session/session.ts";
import type { Settings, TransportKind } from "../session/settings.ts";
import { botState, userState } from "../session/states.ts";
import type { Store } from "../session/store.ts";
import type { SessionView } from "../session/view.ts";
import { Icon } from "./icons.tsx";
import { Keypad } from "./keypad.tsx";
import { RunAgain } from "./run_again.tsx";
import { lazyPanel } from "./lazy_panel.tsx";
import { MicrophoneControls } from "./microphone_controls.tsx";
import { FilmControls, Pictures } from "./pictures.tsx";
import { SoundControls } from "./sound_controls.tsx";
import { Status } from "./status.tsx";
import { Voice } from "./voice.tsx";

// With it come the carriers that the page stands in for.
const Phone = lazyPanel(() => import("./phone.tsx"));

interface CallPanelProps {
  readonly session: Session;
  readonly view: SessionView;
  readonly settings: Settings;
  /** The call that is looked at; absent before the first. */
  readonly record: CallRecord | undefined;
  readonly panes: Store<Panes>;
}

const WAYS: readonly {
  readonly kind: TransportKind;
  readonly title: string;
  readonly words: string;
}[] = [
  { kind: "webrtc", title: "WebRTC", words: "Shortest delay" },
  { kind: "websocket", title: "WebSocket", words: "No UDP needed" },
  { kind: "phone", title: "Phone", words: `One of ${CARRIER_NAMES.length} carriers` },
  { kind: "daily", title: "Daily", words: "In a room; loads code from c.daily.co" },
  { kind: "livekit", title: "LiveKit", words: "In a room on your server" },
];

/** Choose a way, connect, mute, and see both sides speak. */
export function CallPanel(props: CallPanelProps): JSX.Element {
  const { session, view, settings, record, panes } = props;
  const { call } = view;
  const off = call === "off";
  const phone = settings.transport === "phone";
  const { keypad } = useSyncExternalStore(panes.subscribe, panes.get);
  return (
    <section className="stage" id="pane-stage" aria-label="Call">
      <fieldset className="ways" disabled={!off}>
        <legend className="hidden">Transport</legend>
        {WAYS.map(({ kind, title }) => {
          const need = needOf(kind, view.enabled);
          return (
            <label key={kind} className={need ? "way off" : "way"} title={need}>
              <input
                type="radio"
                name="transport"
                value={kind}
                checked={settings.transport === kind}
                disabled={need !== undefined && settings.transport !== kind}
                onChange={() => session.settings.patch({ transport: kind })}
              />
              <Icon name={kind} />
              <span className="title">{title}</span>
            </label>
          );
        })}
      </fieldset>
      <Words chosen={settings.transport} enabled={view.enabled} />
      <Pictures view={view} />
      <div className="voices">
        <Voice
          side="user"
          label="You"
          note={userState(view)}
          session={session}
          active={view.userSound !== undefined}
        />
        <Voice
          side="bot"
          label="Bot"
          note={botState(view)}
          session={session}
          active={view.botSound !== undefined}
        />
      </div>
      <div className="acts">
        <div className="act">
          {off
            ? (
              <button type="button" className="main" onClick={session.connect}>
                {phone ? "Call" : "Connect"}
              </button>
            )
            : (
              <button type="button" className="main end" onClick={session.disconnect}>
                {call === "starting" ? "Cancel" : phone ? "Hang up" : "Disconnect"}
              </button>
            )}
          <Timer view={view} />
        </div>
        {off ? <RunAgain record={record} onRun={session.runAgain} /> : null}
      </div>
      <FilmControls session={session} view={view} />
      <Status view={view} transport={settings.transport} onStayOff={session.stayOff} />
      <MicrophoneControls session={session} view={view} />
      {phone ? <Phone session={session} view={view} settings={settings} /> : null}
      <SoundControls session={session} view={view} />
      {phone ? null : (
        <>
          <button
            type="button"
            className="disclosure"
            aria-expanded={keypad}
            onClick={() => panes.patch({ keypad: !keypad })}
          >
            <Icon name="keypad" />
            Keypad
          </button>
          {keypad ? <Keypad disabled={call !== "live"} onPress={session.press} /> : null}
        </>
      )}
    </section>
  );
}

/** What the chosen way is good for, and that others need something. */
function Words({ chosen, enabled }: {
  readonly chosen: TransportKind;
  readonly enabled: readonly string[] | undefined;
}): JSX.Element {
  const missing = WAYS.map(({ kind, title }) => ({ title, need: needOf(kind, enabled), kind }))
    .filter(({ need }) => need !== undefined);
  const mine = missing.find(({ kind }) => kind === chosen);
  const words = WAYS.find(({ kind }) => kind === chosen)?.words ?? "";
  const others = missing.filter((other) => other !== mine);
  const all = others.map(({ title, need = "" }) =>
    `${title}: ${need.charAt(0).toLowerCase()}${need.slice(1)}`
  );
  // A runner that serves one transport says the same of most others.
  const shared = others.find(({ need }, at) =>
    others.some((other, i) => i > at && other.need === need)
  );
  const rest = shared
    ? [`Others: ${shared.need}`]
    : all.length > 1
    ? [`Off: ${others.map(({ title }) => title).join(", ")}`]
    : all;
  return (
    <p className="words" title={all.join("\n")}>{[mine?.need ?? words, ...rest].join(" · ")}</p>
  );
}

/** How long the call has been going on. */
function Timer({ view }: { readonly view: SessionView }): JSX.Element {
  const { startedAt, liveAt, endedAt } = view;
  const [now, setNow] = useState(0);
  const runs = liveAt !== undefined && endedAt === undefined;
  useEffect(() => {
    if (!runs || !startedAt) return;
    const begun = performance.now() - (Date.now() - startedAt.getTime());
    const tick = (): void => setNow(performance.now() - begun);
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [runs, startedAt]);
  const ms = liveAt === undefined ? 0 : (endedAt ?? Math.max(now, liveAt)) - liveAt;
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return (
    <span
      className="timer"
      role="timer"
      hidden={liveAt === undefined}
      aria-label="Time of the call"
    >
      {two(Math.floor(seconds / 60))}:{two(seconds % 60)}
    </span>
  );
}
