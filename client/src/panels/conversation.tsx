import { type FormEvent, type JSX, memo, useState } from "react";
import type { ConversationLine } from "../session/conversation.ts";
import type { TransportKind } from "../session/settings.ts";
import { Icon } from "./icons.tsx";
import { useStickToEnd } from "./stick.ts";

interface ConversationProps {
  readonly lines: readonly ConversationLine[];
  /** True while the bot can be told something. */
  readonly live: boolean;
  readonly transport: TransportKind;
  readonly onSay: (text: string) => void;
}

/** What was said, and a field to type in. */
export const ConversationPanel = memo(function ConversationPanel({
  lines,
  live,
  transport,
  onSay,
}: ConversationProps): JSX.Element {
  const [text, setText] = useState("");
  const list = useStickToEnd<HTMLDivElement>(lines);

  const can = live && transport !== "phone";

  function submit(event: FormEvent): void {
    event.preventDefault();
    const said = text.trim();
    if (!said || !can) return;
    onSay(said);
    setText("");
  }

  return (
    <section className="panel conversation" aria-labelledby="conversation">
      <h2 id="conversation">Conversation</h2>
      <div
        {...list}
        className="scroll"
        role="log"
        tabIndex={0}
        aria-labelledby="conversation"
      >
        {lines.length === 0 ? <p className="empty">{EMPTY[transport]}</p> : (
          <ol>
            {lines.map((line) => <LineItem key={line.key} line={line} />)}
          </ol>
        )}
      </div>
      <form onSubmit={submit}>
        <input
          aria-label="Text for the bot"
          placeholder={can ? "Type to the bot" : PLACEHOLDER[transport]}
          autoComplete="off"
          enterKeyHint="send"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button
          type="submit"
          className="send"
          aria-label="Send"
          disabled={!can || text.trim() === ""}
        >
          <Icon name="send" />
        </button>
      </form>
    </section>
  );
});

const WORDS = "What you and the bot say is shown here, word by word.";
const EMPTY: Readonly<Record<TransportKind, string>> = {
  webrtc: WORDS,
  websocket: WORDS,
  phone: "A phone carries sound, and no text. Here is who spoke for how long, and the keys.",
  daily: WORDS,
};
const PLACEHOLDER: Readonly<Record<TransportKind, string>> = {
  webrtc: "Connect to type to the bot",
  websocket: "Connect to type to the bot",
  phone: "A phone carries no text",
  daily: "Connect to type to the bot",
};
const NAMES = { bot: "Bot", user: "You", tool: "Function", error: "Error" } as const;

const LineItem = memo(
  function LineItem({ line }: { readonly line: ConversationLine }): JSX.Element {
    const { speaker, text, rest, final, unsaid, call } = line;
    return (
      <li className={`line ${speaker} ${final ? "" : "open"}`}>
        <span className="speaker">{NAMES[speaker]}</span>
        <div className="bubble">
          <span className="text">
            {text.trimEnd()}
            {text && rest ? " " : null}
            {rest ? <span className="rest">{rest.trimStart()}</span> : null}
            {unsaid && text ? " " : null}
            {unsaid === undefined ? null : <del>{unsaid}</del>}
          </span>
          {unsaid === undefined ? null : <small className="cut">interrupted</small>}
          {call
            ? (
              <>
                <small className={`state ${call.state}`}>{call.state}</small>
                <code>
                  {JSON.stringify(call.args ?? {})}
                  {call.result === undefined ? null : ` → ${JSON.stringify(call.result)}`}
                </code>
              </>
            )
            : null}
        </div>
      </li>
    );
  },
);
