import { type JSX, useEffect, useState } from "react";
import { askLog, type SessionLog } from "../session/session_log.ts";
import type { Settings } from "../session/settings.ts";
import { useStickToEnd } from "./stick.ts";

interface LogProps {
  readonly sessionId: string | undefined;
  /** Whether the session goes on. */
  readonly runs: boolean;
  readonly settings: Settings;
}

const ASK_MS = 1000;

/** What the runner and the bot have logged in this session. */
export default function Log({ sessionId, runs, settings }: LogProps): JSX.Element {
  const [log, setLog] = useState<SessionLog>();
  const list = useStickToEnd<HTMLPreElement>(log);
  useEffect(() => {
    setLog(undefined);
    if (sessionId === undefined) return;
    const ask = (): void => void askLog(sessionId, settings).then(setLog);
    ask();
    const timer = runs ? setInterval(ask, ASK_MS) : undefined;
    return () => clearInterval(timer);
  }, [sessionId, runs, settings]);
  if (!log || log.lines.length === 0) {
    return (
      <p className="empty padded">
        {log
          ? "Nothing was logged in this session."
          : "The last 200 log lines of a session are shown here, on the runner's machine or with its start token."}
      </p>
    );
  }
  return <pre {...list} className="scroll log" tabIndex={0}>{log.lines.join("\n")}</pre>;
}
