/**
 * The shape of everything that talks: a stream in, a stream out, and one end.
 *
 * @module
 */

import type { IterableStream } from "./iterable_stream.ts";

/** Why a duplex ended. A normal end has neither field, or code 1000. */
export interface CloseInfo {
  /** A WebSocket close code. */
  readonly closeCode?: number;
  /** A short reason for people. */
  readonly reason?: string;
  /** Who wanted it, if known: `bot` for a `close()` on this side, unless it says another. */
  readonly by?: "bot" | "user";
}

/** A two-way connection in the shape of `WebSocketStream` and `WebTransport`. */
export interface Duplex<In, Out = In> extends AsyncDisposable {
  /**
   * What the other side sends. It closes when the connection ends. You can leave a `for await` over
   * it, and continue with another.
   */
  readonly readable: IterableStream<In>;
  /** What goes to the other side. */
  readonly writable: WritableStream<Out>;
  /** Resolves when the connection is over, for whatever reason; never rejects. */
  readonly closed: Promise<CloseInfo>;
  /** Ends the connection at once. What is written but not yet sent is lost; disposing waits for it. */
  close(info?: CloseInfo): void;
}

/** A WebSocket message: text, or bytes. */
export type Message = string | Uint8Array<ArrayBuffer>;

/** A WebSocket as a duplex of messages, with a synchronous path for media. */
export interface Socket extends Duplex<Message> {
  /** Bytes accepted by `send` that have not left yet; 0 if the runtime does not say. */
  readonly bufferedAmount: number;
  /** How many messages have come; absent if nobody counts them. */
  readonly received?: number;
  /** Sends at once, past the writable. Does nothing when the socket is closed. */
  send(message: Message): void;
  /**
   * Takes over the incoming messages: those that wait are delivered first, then each as it arrives,
   * with no stream between. `readable` is locked from then on.
   *
   * @throws {TypeError} When `readable` is locked already.
   */
  receive(listener: (message: Message) => void): void;
}
