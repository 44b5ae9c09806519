/**
 * A WebSocket of JSON messages, which most models and speech services use.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { socketFrom, type WebSocketLike } from "../core/socket.ts";

/** A WebSocket that sends and receives JSON. Disposing it closes it. */
export interface JsonSocket<In, Out> extends AsyncDisposable {
  /**
   * Messages from the other side, parsed but not checked. It ends when either side closes normally.
   *
   * @throws {RunnerError} `unreachable`, while iterating, if it is refused or breaks off.
   */
  [Symbol.asyncIterator](): AsyncIterator<In>;
  /**
   * Sends a message as JSON; bytes are sent unchanged. Messages sent before the WebSocket is open
   * wait for it.
   */
  send(message: Out | Uint8Array<ArrayBuffer>): void;
  /** Sends a message for each item as it arrives, then closes the WebSocket. */
  sendAll<Item>(
    items: AsyncIterable<Item>,
    message: (item: Item) => Out | Uint8Array<ArrayBuffer>,
  ): Promise<void>;
  /** Closes it normally. */
  close(): void;
}

/** Codes of a normal end: it is over, the other side is leaving, or no code at all. */
const NORMAL = [1000, 1001, 1005];

/**
 * Makes a WebSocket send and receive JSON.
 *
 * @param webSocket A WebSocket that is open or opening, such as `new WebSocket(url)`.
 *
 * @example
 * ```ts
 * import { jsonSocket } from "@pipecat/runner/models";
 *
 * async function listen(url: string): Promise<void> {
 *   await using model = jsonSocket<{ type: string }, { text: string }>(new WebSocket(url));
 *   model.send({ text: "Hello" });
 *   for await (const event of model) console.log(event.type);
 * }
 * ```
 */
export function jsonSocket<In, Out>(webSocket: WebSocketLike): JsonSocket<In, Out> {
  const socket = socketFrom(webSocket);
  let closing = false;
  const send = (message: Out | Uint8Array<ArrayBuffer>) =>
    socket.send(message instanceof Uint8Array ? message : JSON.stringify(message));
  const close = () => {
    closing = true;
    socket.close();
  };
  return {
    async *[Symbol.asyncIterator]() {
      const text = new TextDecoder();
      for await (const message of socket.readable.values({ preventCancel: true })) {
        yield JSON.parse(typeof message === "string" ? message : text.decode(message));
      }
      const { closeCode = 1000, reason } = await socket.closed;
      if (closing || NORMAL.includes(closeCode)) return;
      throw new RunnerError(
        "unreachable",
        `The WebSocket was refused or broke off: ${reason ?? closeCode}`,
      );
    },
    send,
    async sendAll(items, message) {
      for await (const item of items) send(message(item));
      close();
    },
    close,
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}
