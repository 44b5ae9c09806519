import type { JSX } from "react";
import {
  clicked,
  type MessageFilter,
  type TypeChoice,
  type TypeCount,
} from "../session/message_filter.ts";
import { messagesAsJson } from "../session/message_json.ts";
import type { MessageRow } from "../session/message_rows.ts";
import { CopyButton } from "./copy_button.tsx";
import { Icon } from "./icons.tsx";

interface MessageToolsProps {
  readonly filter: MessageFilter;
  readonly types: readonly TypeCount[];
  readonly shown: readonly MessageRow[];
  /** How many messages have come since the list was told to stand still; absent while it goes on. */
  readonly held: number | undefined;
  readonly onFilter: (filter: MessageFilter) => void;
  /** Lets the list stand still, or go on. */
  readonly onHold: () => void;
}

const SAID: Readonly<Record<TypeChoice, string>> = { only: ", only these", not: ", hidden" };
const NEXT: Readonly<Record<TypeChoice | "all", string>> = {
  all: "Show only these",
  only: "Hide these",
  not: "Show these again",
};

/** What chooses among the messages, lets the list stand still, and copies it. */
export function MessageTools(props: MessageToolsProps): JSX.Element {
  const { filter, types, shown, held, onFilter, onHold } = props;
  const hold = held === undefined ? "Pause the list" : "Resume the list";
  return (
    <>
      <div className="message-tools">
        <input
          type="search"
          aria-label="Filter the messages"
          placeholder="Filter; -word hides"
          value={filter.text}
          onChange={({ target }) => onFilter({ ...filter, text: target.value })}
        />
        <button
          type="button"
          className={held === undefined ? "icon" : "icon held"}
          aria-label={hold}
          title={hold}
          onClick={onHold}
        >
          <Icon name={held === undefined ? "pause" : "play"} />
          {held ? <span className="new">{held} new</span> : null}
        </button>
        <CopyButton
          label="Copy all shown as JSON"
          text={() => messagesAsJson(shown.flatMap(({ messages }) => messages))}
          icon="copy"
          disabled={shown.length === 0}
        />
      </div>
      {types.length === 0 ? null : (
        <ul className="chips" aria-label="Types of messages">
          {types.map(({ type, count }) => {
            const choice = filter.types.get(type);
            return (
              <li key={type}>
                <button
                  type="button"
                  className={choice ?? ""}
                  aria-pressed={choice !== undefined}
                  title={NEXT[choice ?? "all"]}
                  onClick={() => onFilter(clicked(filter, type))}
                >
                  {type} <span className="count">{count}</span>
                  <span className="hidden">{choice ? SAID[choice] : ""}</span>
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}
