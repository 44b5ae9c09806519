import type { JSX } from "react";
import type { Session } from "../session/session.ts";
import { linkTo, parseBody, type Settings } from "../session/settings.ts";
import { CopyButton } from "./copy_button.tsx";

interface RequestProps {
  readonly session: Session;
  readonly settings: Settings;
}

/** What the bot is started with. */
export default function Request({ session, settings }: RequestProps): JSX.Element {
  const parsed = parseBody(settings.body);
  const problem = "problem" in parsed ? parsed.problem : undefined;
  return (
    <div className="scroll facts request" tabIndex={0}>
      <h3>
        <label htmlFor="body">Body</label>
      </h3>
      <textarea
        id="body"
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby="body-help"
        value={settings.body}
        onChange={(event) => session.settings.patch({ body: event.target.value })}
      />
      <p id="body-help" className={problem ? "problem" : ""} role="status">
        {problem ?? "Any JSON. The bot finds it in args.body, from the next call on."}
      </p>
      <button
        type="button"
        disabled={problem !== undefined}
        onClick={() => {
          if ("body" in parsed) {
            session.settings.patch({ body: JSON.stringify(parsed.body, null, 2) });
          }
        }}
      >
        Tidy up
      </button>
      <h3>
        <label htmlFor="start-token">Start token</label>
      </h3>
      <input
        id="start-token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        aria-describedby="start-token-help"
        value={settings.startToken}
        onChange={(event) => session.settings.patch({ startToken: event.target.value.trim() })}
      />
      <p id="start-token-help">
        Needed if the runner was started with --start-token. It stays in this browser; the links
        that you copy leave it out.
      </p>
      <h3>WebRTC</h3>
      <label className="check">
        <input
          type="checkbox"
          checked={settings.stun}
          onChange={(event) => session.settings.patch({ stun: event.target.checked })}
        />
        Use a public STUN server
      </label>
      <p>The browser asks it for your public address. If off, nothing leaves this origin.</p>
      <h3>Link</h3>
      <p className="link">
        <code>{linkTo(settings, location.href)}</code>
        <CopyButton label="Copy the link" text={linkTo(settings, location.href)} icon="copy" />
      </p>
    </div>
  );
}
