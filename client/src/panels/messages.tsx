import { type JSX, memo, useState } from "react";
import type { LoggedMessage } from "../session/view.ts";
import { useStickToEnd } from "./stick.ts";

/** Every message in both directions: RTVI, or what the carrier says. */
export const Messages = memo(function Messages({
  messages,
}: {
  readonly messages: readonly LoggedMessage[];
}): JSX.Element {
  const [filter, setFilter] = useState("");
  const list = useStickToEnd<HTMLOListElement>(messages);
  const wanted = filter.trim().toLowerCase();
  const shown = wanted === ""
    ? messages
    : messages.filter(({ type, data }) =>
      `${type} ${JSON.stringify(data) ?? ""}`.toLowerCase().includes(wanted)
    );
  return (
    <div className="messages">
      <input
        type="search"
        aria-label="Filter the messages"
        placeholder="Filter by type or content"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      <ol {...list} className="scroll" tabIndex={0} aria-label="Messages">
        {shown.length === 0
          ? (
            <li className="empty">
              {wanted && messages.length > 0
                ? "No message fits the filter."
                : "Every message between this page and the bot is shown here."}
            </li>
          )
          : null}
        {shown.map((message) => <Message key={message.key} message={message} />)}
      </ol>
    </div>
  );
});

const Message = memo(function Message({
  message,
}: {
  readonly message: LoggedMessage;
}): JSX.Element {
  const [open, setOpen] = useState(false);
  const { at, ms, direction, type, data } = message;
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
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
});

const TITLE = { in: "from the bot", out: "to the bot" } as const;
