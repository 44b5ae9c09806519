import { type JSX, memo, useLayoutEffect, useRef, useState } from "react";
import type { LoggedMessage } from "../session/happenings.ts";
import type { Chosen } from "./inspector.tsx";
import { type HigherRows, rowAt, topOf } from "./rows.ts";

interface MessagesProps {
  readonly messages: readonly LoggedMessage[];
  /** The message to open and to show. */
  readonly chosen: Chosen | undefined;
  /** Told when a message was opened here, in ms since the call began. */
  readonly onOpen: (at: number) => void;
}

/** The height of a row that is not open, in CSS pixels; the style sheet has it, too. */
const ROW = 29;
/** Rows beyond the edges of the list, so that scrolling does not outrun them. */
const SPARE = 12;
/** How far from its end the list still counts as at its end, in CSS pixels. */
const NEAR = 24;

/** Every message in both directions: RTVI, or what the carrier says. */
export const Messages = memo(function Messages(props: MessagesProps): JSX.Element {
  const { messages, chosen, onOpen } = props;
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const shown = wanted === ""
    ? messages
    : messages.filter((message) => textOf(message).includes(wanted));
  /** How much higher each open message is, by its key. */
  const [open, setOpen] = useState<ReadonlyMap<number, number>>(new Map());
  const [view, setView] = useState({ top: 0, height: 400 });
  const list = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  const [done, setDone] = useState<Chosen>();
  /** The key of the message that gets the focus as soon as it is there. */
  const awaited = useRef<number>(undefined);

  const higher: HigherRows = open.size === 0 ? [] : shown.flatMap(({ key }, index) => {
    const extra = open.get(key);
    return extra === undefined ? [] : [{ index, extra }];
  });
  const total = topOf(shown.length, ROW, higher);
  const first = Math.max(0, rowAt(view.top, ROW, higher) - SPARE);
  const last = Math.min(shown.length, rowAt(view.top + view.height, ROW, higher) + SPARE);

  function look(): void {
    const { current: element } = list;
    if (!element) return;
    const { scrollTop: top, clientHeight: height, scrollHeight } = element;
    atEnd.current = scrollHeight - top - height < NEAR;
    setView((before) => before.top === top && before.height === height ? before : { top, height });
  }

  // The list stays at its end while it grows, unless the user has scrolled up.
  useLayoutEffect(() => {
    if (list.current && atEnd.current) list.current.scrollTop = list.current.scrollHeight;
    look();
  }, [shown.length, total]);

  useLayoutEffect(() => {
    const resized = new ResizeObserver(look);
    if (list.current) resized.observe(list.current);
    return () => resized.disconnect();
  }, []);

  useLayoutEffect(() => {
    const { current: element } = list;
    if (!chosen || chosen === done || !element) return;
    const index = shown.findIndex(({ key }) => key === chosen.key);
    if (index < 0) return setFilter(""); // it is filtered out; or gone, then nothing is found
    setDone(chosen);
    awaited.current = chosen.key;
    atEnd.current = false;
    if (!open.has(chosen.key)) setOpen(new Map([...open, [chosen.key, 0]]));
    element.scrollTop = Math.max(0, topOf(index, ROW, higher) - element.clientHeight / 3);
    look();
  });

  useLayoutEffect(() => {
    if (awaited.current === undefined) return;
    const row = list.current?.querySelector<HTMLElement>(`[data-key="${awaited.current}"] summary`);
    if (!row) return;
    awaited.current = undefined;
    row.focus();
  });

  function toggle(key: number, extra: number | undefined): void {
    if (open.get(key) === extra) return;
    const next = new Map(open);
    if (extra === undefined) next.delete(key);
    else next.set(key, extra);
    setOpen(next);
  }

  return (
    <div className="messages">
      <input
        type="search"
        aria-label="Filter the messages"
        placeholder="Filter by type or content"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      <ol ref={list} className="scroll" tabIndex={0} aria-label="Messages" onScroll={look}>
        {shown.length === 0
          ? (
            <li className="empty">
              {wanted && messages.length > 0
                ? "No message fits the filter."
                : "Every message between this page and the bot is shown here."}
            </li>
          )
          : (
            <li
              className="space"
              aria-hidden="true"
              style={{ height: topOf(first, ROW, higher) }}
            />
          )}
        {shown.slice(first, last).map((message, i) => (
          <Message
            key={message.key}
            message={message}
            position={first + i + 1}
            count={shown.length}
            open={open.has(message.key)}
            chosen={chosen?.key === message.key}
            onToggle={toggle}
            onOpen={onOpen}
          />
        ))}
        <li
          className="space"
          aria-hidden="true"
          style={{ height: total - topOf(last, ROW, higher) }}
        />
      </ol>
    </div>
  );
});

interface MessageProps {
  readonly message: LoggedMessage;
  /** Its place in the list, from 1. */
  readonly position: number;
  readonly count: number;
  readonly open: boolean;
  /** Whether it was chosen on the timeline. */
  readonly chosen: boolean;
  /** Told how much higher the row is, in CSS pixels; undefined once it is closed. */
  readonly onToggle: (key: number, extra: number | undefined) => void;
  readonly onOpen: (at: number) => void;
}

function Message(props: MessageProps): JSX.Element {
  const { message, position, count, open, chosen, onToggle, onOpen } = props;
  const { key, at, ms, direction, type, data } = message;
  const row = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    if (open && row.current) onToggle(key, row.current.offsetHeight - ROW);
  });
  return (
    <li
      ref={row}
      data-key={key}
      aria-posinset={position}
      aria-setsize={count}
      className={chosen ? "chosen" : ""}
    >
      <details
        open={open}
        onToggle={({ currentTarget }) => {
          if (currentTarget.open !== open) onToggle(key, currentTarget.open ? 0 : undefined);
        }}
      >
        <summary onClick={() => open || onOpen(ms)}>
          <time dateTime={at.toISOString()}>{(ms / 1000).toFixed(2)}</time>
          <span className={`direction ${direction}`} title={TITLE[direction]}>
            <span className="hidden">{TITLE[direction]}</span>
            <span aria-hidden="true">{direction === "in" ? "↓" : "↑"}</span>
          </span>
          <span className="type">{type}</span>
          <span className="preview">{JSON.stringify(data)?.slice(0, 200)}</span>
        </summary>
        {open ? <pre tabIndex={0}>{JSON.stringify(data, null, 2) ?? "no data"}</pre> : null}
      </details>
    </li>
  );
}

const TITLE = { in: "from the bot", out: "to the bot" } as const;

/** What the filter looks at; made once a message. */
const texts = new WeakMap<LoggedMessage, string>();

function textOf(message: LoggedMessage): string {
  const text = texts.get(message) ??
    `${message.type} ${JSON.stringify(message.data) ?? ""}`.toLowerCase();
  texts.set(message, text);
  return text;
}
