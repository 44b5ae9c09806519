import { type JSX, memo, useState } from "react";
import { linkTo, type Settings } from "../session/settings.ts";
import { applyTheme, loadTheme, nextTheme } from "../session/theme.ts";
import type { SessionView } from "../session/view.ts";
import { CopyButton } from "./copy_button.tsx";
import { Icon } from "./icons.tsx";

type HeaderProps =
  & Readonly<Pick<SessionView, "transport" | "call" | "sessionId">>
  & { readonly settings: Settings };

/** The name of the page, the session, the state of the transport, and how the page looks. */
export const Header = memo(function Header(props: HeaderProps): JSX.Element {
  const { transport, call, sessionId, settings } = props;
  const [theme, setTheme] = useState(loadTheme);
  return (
    <header>
      <h1>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2.5 7v2M5.25 4.5v7M8 2v12M10.75 5v6M13.5 7v2" />
        </svg>
        Pipecat runner
      </h1>
      <dl>
        <div className="transport">
          <dt className="hidden">Transport</dt>
          <dd>
            <span className={`dot ${call}`} aria-hidden="true" />
            <span className="state">{transport}</span>
          </dd>
        </div>
        <div className={sessionId ? "session" : "session none"}>
          <dt>Session</dt>
          <dd title={sessionId}>{sessionId ?? "none"}</dd>
        </div>
      </dl>
      <div className="tools">
        <CopyButton
          label="Copy the session id"
          text={sessionId ?? ""}
          icon="copy"
          disabled={!sessionId}
        />
        <CopyButton
          label="Copy a link to this setting"
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
    </header>
  );
});
