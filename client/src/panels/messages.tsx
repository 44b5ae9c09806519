import { type JSX, memo, useState } from "react";
import type { LoggedMessage } from "../session/view.ts";
import { useStickToEnd } from "./stick.ts";

/** Every RTVI message, in both directions. */
export const Messages = memo(function Messages({
  messages,
}: {
  readonly messages: readonly LoggedMessage[];
}): JSX.Element {
  const list = useStickToEnd<HTMLOListElement>(messages);
  return (
    <section className="panel messages" aria-labelledby="messages">
      <h2 id="messages">
        RTVI messages{" "}
        <span className="count">
          {messages.length > 0 ? messages.length : ""}
        </span>
      </h2>
      <ol {...list} className="scroll" tabIndex={0} aria-labelledby="messages">
        {messages.length === 0
          ? (
            <li className="empty">
              What goes over the data channel is shown here.
            </li>
          )
          : null}
        {messages.map((message) => <Message key={message.key} message={message} />)}
      </ol>
    </section>
  );
});

const Message = memo(function Message({
  message,
}: {
  readonly message: LoggedMessage;
}): JSX.Element {
  const [open, setOpen] = useState(false);
  const { at, direction, type, data } = message;
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <time dateTime={at.toISOString()}>{timeOf(at)}</time>
          <span className={`direction ${direction}`} title={TITLE[direction]}>
            {direction === "in" ? "↓" : "↑"}
          </span>
          <span className="type">{type}</span>
          <span className="preview">{JSON.stringify(data)?.slice(0, 200)}</span>
        </summary>
        {open ? <pre>{JSON.stringify(data, null, 2) ?? "no data"}</pre> : null}
      </details>
    </li>
  );
});

const TITLE = { in: "from the bot", out: "to the bot" } as const;

function timeOf(at: Date): string {
  return `${at.toLocaleTimeString("en-GB")}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}
