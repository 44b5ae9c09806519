import type { JSX } from "react";
import { microphoneSentence } from "../session/sentences.ts";
import type { SessionView } from "../session/view.ts";

/** One sentence on what happens now, or what went wrong. It keeps its place, so nothing jumps. */
export function Status({ view }: { readonly view: SessionView }): JSX.Element {
  const { tone, sentence } = statusOf(view);
  return (
    <p className={`status ${tone}`} role="status">
      {sentence}
    </p>
  );
}

interface StatusLine {
  readonly tone: "plain" | "warning" | "failure";
  readonly sentence: string;
}

function statusOf(view: SessionView): StatusLine {
  const { call, transport, ending, microphoneFailure, muted, botReady } = view;
  if (call === "off") {
    if (ending?.failed) return { tone: "failure", sentence: ending.sentence };
    return plain(ending?.sentence ?? "Press Connect, then talk.");
  }
  if (call === "broken") {
    return {
      tone: "warning",
      sentence: "The connection is broken. Trying to get it back.",
    };
  }
  if (microphoneFailure && !muted) {
    const sentence = `${microphoneSentence(microphoneFailure)} You can listen and type.`;
    return { tone: "warning", sentence };
  }
  if (call === "live") {
    if (!botReady) {
      return plain("Connected. Waiting for the bot to say that it is ready.");
    }
    return plain(
      muted ? "The bot is ready. You are muted." : "The bot is ready. Say something.",
    );
  }
  if (transport === "initializing") return plain("Waiting for the microphone.");
  if (transport === "authenticating") {
    return plain("Asking the runner for a bot.");
  }
  return plain("Connecting to the bot.");
}

function plain(sentence: string): StatusLine {
  return { tone: "plain", sentence };
}
