import { type JSX, memo } from "react";
import type { SessionView } from "../session/view.ts";

type HeaderProps = Readonly<
  Pick<SessionView, "transport" | "call" | "sessionId">
>;

/** The name of the page, the session and the state of the transport. */
export const Header = memo(function Header(props: HeaderProps): JSX.Element {
  const { transport, call, sessionId } = props;
  return (
    <header>
      <h1>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M3 6.5v3M6.3 3v10M9.7 5v6M13 6.5v3" />
        </svg>
        Pipecat runner
      </h1>
      <dl>
        <div className={sessionId ? "session" : "session none"}>
          <dt>Session</dt>
          <dd title={sessionId}>{sessionId ?? "none"}</dd>
        </div>
        <div className="transport">
          <dt className="hidden">Transport</dt>
          <dd>
            <span className={`dot ${call}`} aria-hidden="true" />
            <span className="state">{transport}</span>
          </dd>
        </div>
      </dl>
    </header>
  );
});
