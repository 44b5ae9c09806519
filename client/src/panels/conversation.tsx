import { type FormEvent, type JSX, memo, useEffect, useState, useSyncExternalStore } from "react";
import type { ConversationLine } from "../session/conversation.ts";
import type { Cursor } from "../session/cursor.ts";
import type { Store } from "../session/store.ts";
import type { TransportKind } from "../session/settings.ts";
import { Icon } from "./icons.tsx";
import { useStickToEnd } from "./stick.ts";

interface ConversationProps {
  readonly lines: readonly ConversationLine[];
  /** True while the bot can be told something. */
  readonly live: boolean;
  readonly transport: TransportKind;
  readonly cursor: Store<Cursor>;
  readonly onSay: (text: string) => void;
  /** Goes to a moment of the call, in ms since it began. */
  readonly onChoose: (at: number) => void;
}

/** What was said, and a field to type in. */
export const ConversationPanel = memo(function ConversationPanel({
  lines,
  live,
  transport,
  cursor,
  onSay,
  onChoose,
}: ConversationProps): JSX.Element {
  const [text, setText] = useState("");
  const list = useStickToEnd<HTMLDivElement>(lines);

  const { at } = useSyncExternalStore(cursor.subscribe, cursor.get);
  const current = at === undefined ? undefined : lines.findLast((line) => line.at <= at)?.key;
  useEffect(() => {
    if (current === undefined) return;
    list.ref.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [current]);
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
            {lines.map((line) => (
              <LineItem
                key={line.key}
                line={line}
                current={line.key === current}
                onChoose={onChoose}
              />
            ))}
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

interface LineProps {
  readonly line: ConversationLine;
  /** Whether the replay is here. */
  readonly current: boolean;
  readonly onChoose: (at: number) => void;
}

const LineItem = memo(
  function LineItem({ line, current, onChoose }: LineProps): JSX.Element {
    const { at, speaker, text, rest, final, unsaid, call } = line;
    return (
      <li
        className={`line ${speaker} ${final ? "" : "open"}`}
        aria-current={current ? "time" : undefined}
      >
        <span className="speaker">{NAMES[speaker]}</span>
        <div className="bubble" onClick={() => onChoose(at)}>
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
