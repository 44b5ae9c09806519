/**
 * A WebSocket whose other end the test plays, at once and in order.
 */
import type { Message, Socket } from "../../src/core/duplex.ts";
import { socketFrom, type WebSocketLike } from "../../src/core/socket.ts";
import { SocketListeners } from "../../src/core/socket_listeners.ts";

/** The runner's socket, and the other end. */
export interface FakeSocket {
  readonly socket: Socket;
  /** What the runner has sent. */
  readonly sent: Message[];
  /** How the runner has closed it; undefined while it has not. */
  readonly closedWith: { code: number | undefined; reason: string | undefined } | undefined;
  /** The other end sends. */
  arrive(message: Message | object): void;
  /** The other end closes. */
  leave(code?: number): void;
}

/** Options of {@link fakeSocket}. */
export interface FakeSocketOptions {
  /** The other end does not answer when the runner closes. */
  readonly deaf?: boolean;
}

/** Makes a socket that is open. */
export function fakeSocket({ deaf = false }: FakeSocketOptions = {}): FakeSocket {
  const listeners = new SocketListeners();
  const sent: Message[] = [];
  let readyState = 1;
  let closedWith: FakeSocket["closedWith"];
  const leave = (code = 1000) => {
    if (readyState === 3) return;
    readyState = 3;
    listeners.tell("close", { code, reason: "" });
  };
  const webSocket: WebSocketLike = {
    get readyState() {
      return readyState;
    },
    bufferedAmount: 0,
    send: (message) => void sent.push(message),
    close(code, reason) {
      closedWith ??= { code, reason };
      if (!deaf) leave(code);
    },
    addEventListener: listeners.add.bind(listeners),
  };
  return {
    socket: socketFrom(webSocket),
    sent,
    get closedWith() {
      return closedWith;
    },
    arrive(message) {
      const data = typeof message === "string"
        ? message
        : message instanceof Uint8Array
        ? message.buffer
        : JSON.stringify(message);
      listeners.tell("message", { data });
    },
    leave,
  };
}
