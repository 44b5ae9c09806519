import { type JSX, memo, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { LoggedMessage } from "../session/happenings.ts";
import { filtered, filters, NO_FILTER, typesOf } from "../session/message_filter.ts";
import { createMessageRows, type MessageRow } from "../session/message_rows.ts";
import type { Chosen } from "./inspector.tsx";
import { MessageItem, ROW } from "./message_item.tsx";
import { MessageTools } from "./message_tools.tsx";
import { type HigherRows, rowAt, topOf } from "./rows.ts";

interface MessagesProps {
  readonly messages: readonly LoggedMessage[];
  /** The message to open and to show. */
  readonly chosen: Chosen | undefined;
  /** Told when a message was opened here, in ms since the call began. */
  readonly onOpen: (at: number) => void;
}

/** The list as it was. */
interface Held {
  readonly rows: readonly MessageRow[];
  /** How many messages there were. */
  readonly count: number;
}

/** Rows beyond the edges of the list, so that scrolling does not outrun them. */
const SPARE = 12;
/** How far from its end the list still counts as at its end, in CSS pixels. */
const NEAR = 24;

/** Every message in both directions: RTVI, or what the carrier says. */
export const Messages = memo(function Messages(props: MessagesProps): JSX.Element {
  const { messages, chosen, onOpen } = props;
  const [filter, setFilter] = useState(NO_FILTER);
  const [all] = useState(createMessageRows);
  const now = all.of(messages);
  /** What was there when the list was told to stand still. */
  const [held, setHeld] = useState<Held>();
  const rows = held?.rows ?? now;
  const shown = useMemo(() => filtered(rows, filter), [rows, filter]);
  const types = useMemo(() => typesOf(rows, filter), [rows, filter]);
  /** How much higher each open message is, by its key. */
  const [open, setOpen] = useState<ReadonlyMap<number, number>>(new Map());
  const [view, setView] = useState({ top: 0, height: 400 });
  const list = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  /** The chosen message that is shown by now, and the row that has it. */
  const [done, setDone] = useState<{ readonly chosen: Chosen; readonly row: number }>();
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
    if (!chosen || chosen === done?.chosen || !element) return;
    const index = shown.findIndex((row) => has(row, chosen.key));
    const row = shown[index]?.key;
    if (row === undefined) {
      // It is filtered out, or came after the list was told to stand still; or it is gone.
      if (filters(filter)) setFilter(NO_FILTER);
      setHeld(undefined);
      return;
    }
    setDone({ chosen, row });
    awaited.current = row;
    atEnd.current = false;
    if (!open.has(row)) setOpen(new Map([...open, [row, 0]]));
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
      <MessageTools
        filter={filter}
        types={types}
        shown={shown}
        held={held && messages.length - held.count}
        onFilter={setFilter}
        onHold={() => setHeld(held ? undefined : { rows, count: messages.length })}
      />
      <ol ref={list} className="scroll" tabIndex={0} aria-label="Messages" onScroll={look}>
        {shown.length === 0
          ? (
            <li className="empty">
              {messages.length > 0
                ? "No message matches the filter."
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
        {shown.slice(first, last).map((row, i) => (
          <MessageItem
            key={row.key}
            row={row}
            position={first + i + 1}
            size={shown.length}
            open={open.has(row.key)}
            chosen={chosen !== undefined && done?.chosen === chosen && done.row === row.key}
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

function has({ first, last, messages }: MessageRow, key: number): boolean {
  return first.key <= key && key <= last.key && messages.some((message) => message.key === key);
}
