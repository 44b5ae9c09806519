import type { JSX } from "react";
import { microphoneSentence } from "../session/sentences.ts";
import type { TransportKind } from "../session/settings.ts";
import type { Ending } from "../session/happenings.ts";
import type { SessionView } from "../session/view.ts";

interface StatusProps {
  readonly view: SessionView;
  readonly transport: TransportKind;
  readonly onStayOff: () => void;
}

/** One sentence on what happens now, or what went wrong. It keeps its place, so nothing jumps. */
export function Status({ view, transport, onStayOff }: StatusProps): JSX.Element {
  const { tone, sentence, advice, link } = statusOf(view, transport);
  return (
    <div className={`status ${tone}`} role="status">
      <p>
        <span>{sentence}</span>
        {advice ? <small>{advice}</small> : null}
        {link ? <a href={link.href} target="_blank" rel="noreferrer">{link.text}</a> : null}
        {view.call === "off" && view.ending?.gone
          ? <button type="button" onClick={onStayOff}>Stop waiting</button>
          : null}
      </p>
    </div>
  );
}

interface StatusLine {
  readonly tone: "plain" | "warning" | "failure";
  readonly sentence: string;
  readonly advice?: string | undefined;
  readonly link?: Ending["link"];
}

function statusOf(view: SessionView, kind: TransportKind): StatusLine {
  const phone = kind === "phone";
  const { call, transport, ending, microphoneFailure, muted, botReady } = view;
  if (call === "off") {
    if (ending?.failed) {
      const { sentence, advice, link } = ending;
      return { tone: "failure", sentence, advice, link };
    }
    return plain(ending?.sentence ?? `Press ${phone ? "Call" : "Connect"}, then talk.`);
  }
  if (call === "broken") {
    return {
      tone: "warning",
      sentence: "The connection was lost. Reconnecting.",
    };
  }
  if (microphoneFailure && !muted) {
    const others = phone ? "You can listen and press keys." : "You can listen and type.";
    return { tone: "warning", sentence: `${microphoneSentence(microphoneFailure)} ${others}` };
  }
  if (call === "live") {
    if (view.recorded && (phone || botReady)) return plain("The recorded caller talks to the bot.");
    if (phone) {
      return plain(muted ? "You are on the phone, muted." : "You are on the phone. Say something.");
    }
    if (!botReady) {
      return plain("Connected. Waiting for the bot to be ready.");
    }
    return plain(muted ? "The bot is ready. You are muted." : "The bot is ready. Say something.");
  }
  if (transport === "initializing") {
    return plain(
      kind === "daily"
        ? "Loading Daily's code, then the microphone."
        : "Waiting for the microphone.",
    );
  }
  if (transport === "authenticating") return plain("Asking the runner for a bot.");
  return plain("Connecting to the bot.");
}

function plain(sentence: string): StatusLine {
  return { tone: "plain", sentence };
}
