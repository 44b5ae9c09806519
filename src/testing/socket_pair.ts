/**
 * Both ends of a WebSocket that needs no network.
 *
 * @module
 */
import type { Socket } from "../core/duplex.ts";
import { socketFrom, type WebSocketLike } from "../core/socket.ts";
import { SocketListeners, type WebSocketEvents } from "../core/socket_listeners.ts";

/** Both ends of a WebSocket in memory; messages arrive in order, one turn later. */
export function socketPair(): [Socket, Socket] {
  const [one, other] = [new MemoryWebSocket(), new MemoryWebSocket()];
  one.join(other);
  other.join(one);
  return [socketFrom(one), socketFrom(other)];
}

const OPEN = 1;
const CLOSED = 3;
const NO_CODE = 1005;

class MemoryWebSocket implements WebSocketLike {
  binaryType = "arraybuffer";
  #readyState = OPEN;
  #peer: MemoryWebSocket = this;
  #listeners = new SocketListeners();

  get readyState(): number {
    return this.#readyState;
  }

  join(peer: MemoryWebSocket): void {
    this.#peer = peer;
  }

  addEventListener<Type extends keyof WebSocketEvents>(
    type: Type,
    listener: (event: WebSocketEvents[Type]) => void,
  ): void {
    this.#listeners.add(type, listener);
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    // A copy, since the sender may reuse its buffer.
    const copy = typeof data === "string" ? data : data.slice().buffer;
    const peer = this.#peer;
    if (this.#readyState === OPEN) queueMicrotask(() => peer.#arrive(copy));
  }

  close(code: number = NO_CODE, reason = ""): void {
    if (this.#readyState !== OPEN) return;
    const event = { code, reason };
    queueMicrotask(() => {
      this.#peer.#end(event);
      this.#end(event);
    });
  }

  #arrive(data: unknown): void {
    if (this.#readyState === OPEN) this.#listeners.tell("message", { data });
  }

  #end(event: WebSocketEvents["close"]): void {
    if (this.#readyState === CLOSED) return;
    this.#readyState = CLOSED;
    this.#listeners.tell("close", event);
  }
}
