import { type JSX, memo, useLayoutEffect, useRef } from "react";
import { exactClock } from "../session/clock.ts";
import type { LoggedMessage } from "../session/happenings.ts";
import type { MessageRow, Told } from "../session/message_rows.ts";
import { messagesAsJson } from "../session/message_json.ts";
import { CopyButton } from "./copy_button.tsx";

/** The height of a row that is not open, in CSS pixels; the style sheet has it, too. */
export const ROW = 29;
/** More of a message than fits in a row. */
const PREVIEW = 200;
/** More messages of one row than anyone reads at once. */
const MOST_LISTED = 50;

interface MessageItemProps {
  readonly row: MessageRow;
  /** Its place in the list, from 1. */
  readonly position: number;
  /** How many rows the list has. */
  readonly size: number;
  readonly open: boolean;
  /** Whether it was chosen on the timeline. */
  readonly chosen: boolean;
  /** Told how much higher the row is, in CSS pixels; undefined once it is closed. */
  readonly onToggle: (key: number, extra: number | undefined) => void;
  readonly onOpen: (at: number) => void;
}

const TITLE = { in: "from the bot", out: "to the bot" } as const;

/** A row of the list; open, it shows the messages as they came. */
export function MessageItem(props: MessageItemProps): JSX.Element {
  const { row, position, size, open, chosen, onToggle, onOpen } = props;
  const { key, type, first, count, told } = row;
  const { at, ms, direction } = first;
  const item = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    if (open && item.current) onToggle(key, item.current.offsetHeight - ROW);
  });
  return (
    <li
      ref={item}
      data-key={key}
      aria-posinset={position}
      aria-setsize={size}
      className={chosen ? "chosen" : ""}
    >
      <details
        open={open}
        onToggle={({ currentTarget }) => {
          if (currentTarget.open !== open) onToggle(key, currentTarget.open ? 0 : undefined);
        }}
      >
        <summary onClick={() => open || onOpen(ms)}>
          <time dateTime={at.toISOString()}>{exactClock(ms)}</time>
          <span className={`direction ${direction}`} title={TITLE[direction]}>
            <span className="hidden">{TITLE[direction]}</span>
            <span aria-hidden="true">{direction === "in" ? "↓" : "↑"}</span>
          </span>
          <span className="type">{type}</span>
          <Preview row={row} />
          {told?.kind === "call"
            ? <span className={`end ${told.state}`}>{endOf(told)}</span>
            : count > 1
            ? <span className="end">{count} ×</span>
            : null}
          {told?.kind === "words" && told.open ? <Filling told={told} /> : null}
        </summary>
        {open ? <Details row={row} /> : null}
      </details>
    </li>
  );
}

/** What a row says in a line. */
const Preview = memo(function Preview({ row }: { readonly row: MessageRow }): JSX.Element {
  const { told, last } = row;
  if (told?.kind === "words") {
    return (
      <span className="preview said" dir="auto">
        {told.text.trimEnd().slice(-PREVIEW)}
        {told.rest ? <span className="rest">{` ${told.rest.trimStart()}`}</span> : null}
      </span>
    );
  }
  if (told?.kind === "call") {
    const { name, args, result } = told;
    return (
      <span className="preview">
        <b>{name}</b> {short(args)}
        {result === undefined ? null : ` → ${short(result)}`}
      </span>
    );
  }
  return <span className="preview">{short(last.data)}</span>;
});

/** How much of a sentence is said. */
function Filling({ told }: { readonly told: Told & { readonly kind: "words" } }): JSX.Element {
  const { text, rest } = told;
  const share = rest ? text.length / (text.length + rest.length) : text ? 1 : 0;
  return <span className="filling" aria-hidden="true" style={{ width: `${100 * share}%` }} />;
}

/** What the row tells of, and its messages, each as it came. */
function Details({ row }: { readonly row: MessageRow }): JSX.Element {
  const { told, messages, last } = row;
  const [only] = messages;
  return (
    <div className="details">
      <CopyButton
        label={messages.length > 1 ? "Copy these messages as JSON" : "Copy the message as JSON"}
        text={() => messagesAsJson(messages)}
        icon="copy"
      />
      {told?.kind === "call"
        ? <pre tabIndex={0}>{pretty({ arguments: told.args, result: told.result })}</pre>
        : messages.length === 1
        ? <pre tabIndex={0}>{pretty(last.data)}</pre>
        : null}
      {messages.length > 1 || only?.type !== row.type
        ? <pre className="parts-of-row" tabIndex={0}>{listOf(messages)}</pre>
        : null}
    </div>
  );
}

function listOf(messages: readonly LoggedMessage[]): string {
  const more = messages.length - MOST_LISTED;
  const lines = messages.slice(-MOST_LISTED).map(({ ms, type, data }) =>
    `${exactClock(ms)} ${type} ${short(data)}`
  );
  return [...more > 0 ? [`${more} before these`] : [], ...lines].join("\n");
}

function endOf({ state, durationMs }: Told & { readonly kind: "call" }): string {
  if (durationMs === undefined) return "running";
  const time = durationMs < 1000 ? `${durationMs} ms` : `${(durationMs / 1000).toFixed(1)} s`;
  return state === "cancelled" ? `cancelled, ${time}` : time;
}

function short(data: unknown): string {
  return JSON.stringify(data)?.slice(0, PREVIEW) ?? "";
}

function pretty(data: unknown): string {
  return JSON.stringify(data, null, 2) ?? "no data";
}
