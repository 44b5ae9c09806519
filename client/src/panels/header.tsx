import { type JSX, memo, useState } from "react";
import { currentBot } from "../session/ask_status.ts";
import { linkTo, type Settings } from "../session/settings.ts";
import { applyTheme, loadTheme, nextTheme } from "../session/theme.ts";
import type { SessionView } from "../session/view.ts";
import type { CallRecord } from "../session/record.ts";
import type { Shown } from "../session/looking.ts";
import { CopyButton } from "./copy_button.tsx";
import { Icon } from "./icons.tsx";
import { lazyPanel } from "./lazy_panel.tsx";

const Calls = lazyPanel(() => import("./calls.tsx"));

type HeaderProps =
  & Readonly<Pick<SessionView, "transport" | "call" | "botReady" | "sessionId" | "bots">>
  & {
    readonly settings: Settings;
    /** The call that is looked at, where that is not the last one. */
    readonly shown: Shown;
    readonly onShow: (record: CallRecord | undefined) => void;
    readonly onCompare: (calls: readonly CallRecord[]) => void;
    /** Whether the bot's code has changed since the last call began. */
    readonly changed: boolean;
    /** The call whose caller can call again. */
    readonly record: CallRecord | undefined;
    readonly onAgain: () => void;
    readonly onRunAgain: (record: CallRecord) => void;
    readonly onSettings: (change: Partial<Settings>) => void;
  };

/** The name of the page, the session, the state of the transport, and how the page looks. */
export const Header = memo(function Header(props: HeaderProps): JSX.Element {
  const { transport, call, botReady, sessionId, bots, settings, shown, onShow, onCompare } = props;
  // The SDK is ready when it has asked the bot to be.
  const known = transport === "ready" && !botReady ? "connected" : transport;
  const state = call === "broken" ? "lost" : known;
  const { changed, record, onAgain, onRunAgain, onSettings } = props;
  const [theme, setTheme] = useState(loadTheme);
  const [choosing, setChoosing] = useState(false);
  return (
    <header>
      <h1>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2.5 7v2M5.25 4.5v7M8 2v12M10.75 5v6M13.5 7v2" />
        </svg>
        Pipecat runner
      </h1>
      {bots.length > 1 && <BotChoice bots={bots} disabled={call !== "off"} />}
      <dl>
        <div className="transport">
          <dt className="hidden">Transport</dt>
          <dd>
            <span className={`dot ${call}`} aria-hidden="true" />
            <span className="state">{state}</span>
          </dd>
        </div>
        <div className={sessionId ? "session" : "session none"}>
          <dt>Session</dt>
          <dd title={sessionId}>{sessionId ?? "none"}</dd>
        </div>
      </dl>
      {changed && (
        <Changed
          settings={settings}
          live={call !== "off"}
          {...{ record, onAgain, onRunAgain, onSettings }}
        />
      )}
      {shown.record && (
        <ShownCall
          record={shown.record}
          before={shown.before}
          onCompare={onCompare}
          onClose={() => onShow(undefined)}
        />
      )}
      <div className="tools">
        <button
          type="button"
          className="icon"
          aria-label="Calls"
          title="Calls"
          onClick={() => setChoosing(true)}
        >
          <Icon name="calls" />
        </button>
        <CopyButton
          label="Copy the session id"
          text={sessionId ?? ""}
          icon="copy"
          disabled={!sessionId}
        />
        <CopyButton
          label="Copy a link to these settings"
          text={linkTo(settings, location.href)}
          icon="link"
        />
        <button
          type="button"
          className="icon"
          aria-label={`Theme: ${theme}`}
          title={`Theme: ${theme}`}
          onClick={() => {
            const next = nextTheme(theme);
            applyTheme(next);
            setTheme(next);
          }}
        >
          <Icon name={theme} />
        </button>
      </div>
      {choosing && (
        <Calls
          onClose={() => setChoosing(false)}
          onOpen={(calls) => {
            setChoosing(false);
            if (calls.length > 1) onCompare(calls);
            else onShow(calls[0]);
          }}
        />
      )}
    </header>
  );
});

interface ChangedProps {
  readonly settings: Settings;
  readonly live: boolean;
  readonly record: CallRecord | undefined;
  readonly onAgain: () => void;
  readonly onRunAgain: (record: CallRecord) => void;
  readonly onSettings: (change: Partial<Settings>) => void;
}

/** Says that the bot's code has changed: a call that goes on still has the old one. */
function Changed(props: ChangedProps): JSX.Element {
  const { settings, live, record, onAgain, onRunAgain, onSettings } = props;
  return (
    <p className="shown" role="status">
      The bot has changed.
      <button type="button" onClick={onAgain}>{live ? "Call again" : "Call"}</button>
      {record && (
        <button
          type="button"
          title="Plays this call's caller to the changed bot, and compares"
          onClick={() => onRunAgain(record)}
        >
          Run again
        </button>
      )}
      <label>
        <input
          type="checkbox"
          checked={settings.callAgain}
          onChange={({ target }) => onSettings({ callAgain: target.checked })}
        />
        always
      </label>
    </p>
  );
}

interface ShownCallProps {
  readonly record: CallRecord;
  /** The call to compare it with; absent where there is none. */
  readonly before: CallRecord | undefined;
  readonly onCompare: (calls: readonly CallRecord[]) => void;
  readonly onClose: () => void;
}

/** Says that this is not the last call, and leads back to it. */
function ShownCall({ record, before, onCompare, onClose }: ShownCallProps): JSX.Element {
  const time = (call: CallRecord): string => call.get().startedAt?.toLocaleTimeString() ?? "";
  return (
    <p className="shown" role="status">
      Call of {time(record)}
      {before?.get().endedAt !== undefined && (
        <button
          type="button"
          title={`Compare with the call of ${time(before)}`}
          onClick={() => onCompare([before, record])}
        >
          Compare
        </button>
      )}
      <button type="button" onClick={onClose}>Close</button>
    </p>
  );
}

/** Chooses among the bots of the runner: each has this page at an address of its own. */
function BotChoice(
  props: { readonly bots: readonly string[]; readonly disabled: boolean },
): JSX.Element {
  const { bots, disabled } = props;
  const current = currentBot(bots);
  return (
    <label className="bot">
      Bot
      <select
        value={current}
        disabled={disabled}
        onChange={({ target }) => {
          const root = location.pathname.endsWith(`/${current}/client/`) ? "../../" : "../";
          location.assign(
            new URL(`${root}${target.value}/client/${location.hash}`, document.baseURI),
          );
        }}
      >
        {bots.map((bot) => <option key={bot}>{bot}</option>)}
      </select>
    </label>
  );
}
