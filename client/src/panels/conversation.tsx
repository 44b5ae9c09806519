import { type FormEvent, type JSX, memo, useEffect, useState, useSyncExternalStore } from "react";
import type { ConversationLine } from "../session/conversation.ts";
import type { Cursor } from "../session/cursor.ts";
import type { BotState } from "../session/states.ts";
import type { Store } from "../session/store.ts";
import type { TransportKind } from "../session/settings.ts";
import type { Attachment } from "../session/attachments.ts";
import { AttachButton, useDrop } from "./attach.tsx";
import { Icon } from "./icons.tsx";
import { useStickToEnd } from "./stick.ts";

interface ConversationProps {
  readonly lines: readonly ConversationLine[];
  readonly bot: BotState;
  /** True while the bot can be told something. */
  readonly live: boolean;
  readonly transport: TransportKind;
  readonly cursor: Store<Cursor>;
  readonly onSay: (text: string) => void;
  /** Sends files with what is typed; absent while the bot takes none. */
  readonly onFiles: ((files: readonly File[], text: string) => void) | undefined;
  /** Goes to a moment of the call, in ms since it began. */
  readonly onChoose: (at: number) => void;
}

/** What was said, and a field to type in. */
export const ConversationPanel = memo(function ConversationPanel({
  lines,
  bot,
  live,
  transport,
  cursor,
  onSay,
  onFiles,
  onChoose,
}: ConversationProps): JSX.Element {
  const [text, setText] = useState("");
  const list = useStickToEnd<HTMLDivElement>(lines, bot);

  const { at } = useSyncExternalStore(cursor.subscribe, cursor.get);
  const current = at === undefined ? undefined : lines.findLast((line) => line.at <= at)?.key;
  useEffect(() => {
    if (current === undefined) return;
    list.ref.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const can = live && transport !== "phone";
  const send = onFiles && ((files: readonly File[]): void => {
    if (files.length === 0) return;
    onFiles(files, text.trim());
    setText("");
  });
  const drop = useDrop(send);

  function submit(event: FormEvent): void {
    event.preventDefault();
    const said = text.trim();
    if (!said || !can) return;
    onSay(said);
    setText("");
  }

  return (
    <section
      {...drop.handlers}
      id="pane-conversation"
      className={`panel conversation ${drop.over ? "dropping" : ""}`}
      aria-labelledby="conversation"
    >
      <div className="conversation-head">
        <h2 id="conversation">Conversation</h2>
        {bot ? <span className={`bot-state ${bot.replaceAll(" ", "-")}`}>Bot {bot}</span> : null}
      </div>
      <SpokenLines lines={lines} />
      <div
        {...list}
        className="scroll"
        role="group"
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
            {bot === "thinking" ? <Thinking /> : null}
          </ol>
        )}
      </div>
      <form onSubmit={submit}>
        {send ? <AttachButton onFiles={send} /> : null}
        <input
          type="text"
          aria-label="Text for the bot"
          placeholder={can ? "Type to the bot" : PLACEHOLDER[transport]}
          autoComplete="off"
          enterKeyHint="send"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onPaste={(event) => {
            const files = [...event.clipboardData.files];
            if (!send || files.length === 0) return;
            event.preventDefault();
            send(files);
          }}
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

/** How many finished lines are kept for those who listen; each is said once, when it comes. */
const SPOKEN_LINES = 5;

/** Says the lines to those who listen to the page, each when it is finished. */
const SpokenLines = memo(function SpokenLines(
  { lines }: { readonly lines: readonly ConversationLine[] },
): JSX.Element {
  return (
    <div className="hidden" role="log" aria-label="What was said">
      {lines.filter(({ final }) => final).slice(-SPOKEN_LINES).map((line) => (
        <p key={line.key}>{spoken(line)}</p>
      ))}
    </div>
  );
});

function spoken({ speaker, text, unsaid, call, file }: ConversationLine): string {
  const rest = [
    call ? call.state : "",
    file ? file.name : "",
    unsaid === undefined ? "" : "interrupted",
  ].filter(Boolean);
  return [`${NAMES[speaker]}: ${text.trim()}`, ...rest].join(", ");
}

/** Dots, as long as the bot thinks. */
function Thinking(): JSX.Element {
  return (
    <li className="line bot thinking" aria-hidden="true">
      <div className="bubble">
        <span /> <span /> <span />
      </div>
    </li>
  );
}

const WORDS = "What you and the bot say is shown here, word by word.";
const EMPTY: Readonly<Record<TransportKind, string>> = {
  webrtc: WORDS,
  websocket: WORDS,
  phone: "A phone call carries no text. Who spoke for how long is shown here, and which keys.",
  daily: WORDS,
  livekit: WORDS,
};
const PLACEHOLDER: Readonly<Record<TransportKind, string>> = {
  webrtc: "Connect to type to the bot",
  websocket: "Connect to type to the bot",
  phone: "A phone call carries no text",
  daily: "Connect to type to the bot",
  livekit: "Connect to type to the bot",
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
    const { at, speaker, text, rest, final, unsaid, call, file } = line;
    return (
      <li
        className={`line ${speaker} ${final ? "" : "open"}`}
        aria-current={current ? "time" : undefined}
      >
        <span className="speaker">{NAMES[speaker]}</span>
        <div className="bubble" onClick={() => onChoose(at)}>
          <span className="text" dir="auto">
            {text.trimEnd()}
            {text && rest ? " " : null}
            {rest ? <span className="rest">{rest.trimStart()}</span> : null}
            {unsaid && text ? " " : null}
            {unsaid === undefined ? null : <del>{unsaid}</del>}
          </span>
          {file ? <FileItem file={file} /> : null}
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

const STATES = { sending: "sending", sent: "", failed: "not sent" } as const;

function FileItem({ file }: { readonly file: Attachment }): JSX.Element {
  const { name, picture, state, problem } = file;
  return (
    <span className={`file ${state}`}>
      {picture ? <img src={picture} alt={name} /> : <Icon name="attach" />}
      <span className="name">{name || "A file"}</span>
      {STATES[state] ? <small>{STATES[state]}</small> : null}
      {problem ? <small className="problem">{problem}</small> : null}
    </span>
  );
}
