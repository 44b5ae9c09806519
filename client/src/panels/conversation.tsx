import { type FormEvent, type JSX, memo, useState } from "react";
import type { Line } from "../session/conversation.ts";
import { useStickToEnd } from "./stick.ts";

interface ConversationProps {
  readonly lines: readonly Line[];
  /** True while the bot can be told something. */
  readonly live: boolean;
  readonly onSay: (text: string) => void;
}

/** What was said, and a field to type in. */
export const ConversationPanel = memo(function ConversationPanel({
  lines,
  live,
  onSay,
}: ConversationProps): JSX.Element {
  const [text, setText] = useState("");
  const list = useStickToEnd<HTMLOListElement>(lines);

  function submit(event: FormEvent): void {
    event.preventDefault();
    const said = text.trim();
    if (!said || !live) return;
    onSay(said);
    setText("");
  }

  return (
    <section className="panel conversation" aria-labelledby="conversation">
      <h2 id="conversation">Conversation</h2>
      <ol
        {...list}
        className="scroll"
        role="log"
        tabIndex={0}
        aria-labelledby="conversation"
      >
        {lines.length === 0
          ? <li className="empty">What you and the bot say is shown here.</li>
          : null}
        {lines.map(({ key, speaker, text, rest, final }) => (
          <li key={key} className={`line ${speaker} ${final ? "" : "open"}`}>
            <span className="speaker">{speaker === "bot" ? "Bot" : "You"}</span>
            <span className="text">
              {text.trimEnd()}
              {text && rest ? " " : null}
              {rest ? <span className="rest">{rest.trimStart()}</span> : null}
            </span>
          </li>
        ))}
      </ol>
      <form onSubmit={submit}>
        <input
          aria-label="Text for the bot"
          placeholder={live ? "Type to the bot" : "Connect to type to the bot"}
          autoComplete="off"
          enterKeyHint="send"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" disabled={!live || text.trim() === ""}>
          Send
        </button>
      </form>
    </section>
  );
});
