import { type JSX, useEffect, useRef, useState } from "react";
import { askLog, type FaultPlace, type SessionLog } from "../session/session_log.ts";
import type { Settings } from "../session/settings.ts";

interface FaultProps {
  readonly sessionId: string;
  readonly settings: Settings;
}

/** The runner knows why a bot failed a moment after the client was told that it did. */
const TRIES = 8;
const AGAIN_MS = 250;

/** Shows how the bot failed, where the runner tells: message, place and stack. */
export default function Fault({ sessionId, settings }: FaultProps): JSX.Element | null {
  const dialog = useRef<HTMLDialogElement>(null);
  const [fault, setFault] = useState<SessionLog["fault"]>();
  useEffect(() => {
    let tries = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      const log = await askLog(sessionId, settings);
      if (log?.fault) return setFault(log.fault);
      if (log && ++tries < TRIES) timer = setTimeout(() => void ask(), AGAIN_MS);
    };
    void ask();
    return () => clearTimeout(timer);
  }, [sessionId]);
  useEffect(() => dialog.current?.showModal(), [fault]);
  if (!fault) return null;
  const { message, stack, place } = fault;
  const close = (): void => dialog.current?.close();
  return (
    <dialog ref={dialog} className="calls fault" aria-labelledby="fault">
      <div className="calls-head">
        <h2 id="fault">The bot failed</h2>
        <button type="button" onClick={close}>Close</button>
      </div>
      <div className="scroll" tabIndex={0}>
        <p className="message">{message}</p>
        {place ? <Place place={place} /> : null}
        <pre className="stack">{stack}</pre>
      </div>
    </dialog>
  );
}

function Place({ place }: { readonly place: FaultPlace }): JSX.Element {
  const { file, line, column, source, firstLine } = place;
  return (
    <>
      <p className="place">{file}:{line}:{column}</p>
      <pre className="source">
        {source.map((text, i) => (
          <code key={i} className={firstLine + i === line ? "here" : ""}>
            <span>{firstLine + i}</span>{text}{"\n"}
          </code>
        ))}
      </pre>
    </>
  );
}
