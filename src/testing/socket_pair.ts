/**
 * Both ends of a WebSocket that needs no network.
 *
 * @module
 */
import type { Socket } from "../core/duplex.ts";
import { socketFrom, type WebSocketLike } from "../core/socket.ts";

/** Both ends of a WebSocket in memory; messages arrive in order, one turn later. */
export function socketPair(): [Socket, Socket] {
  const [one, other] = [new MemoryWebSocket(), new MemoryWebSocket()];
  one.join(other);
  other.join(one);
  return [socketFrom(one), socketFrom(other)];
}

interface CloseEvent {
  readonly code: number;
  readonly reason: string;
}

const OPEN = 1;
const CLOSED = 3;
const NO_CODE = 1005;

class MemoryWebSocket implements WebSocketLike {
  binaryType = "arraybuffer";
  #readyState = OPEN;
  #peer: MemoryWebSocket = this;
  #listeners: { readonly type: string; readonly listener: (event: never) => void }[] = [];

  get readyState(): number {
    return this.#readyState;
  }

  join(peer: MemoryWebSocket): void {
    this.#peer = peer;
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.push({ type, listener });
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    // A copy, since the sender may use its buffer again.
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
    if (this.#readyState === OPEN) this.#dispatch("message", { data });
  }

  #end(event: CloseEvent): void {
    if (this.#readyState === CLOSED) return;
    this.#readyState = CLOSED;
    this.#dispatch("close", event);
  }

  #dispatch(type: string, event: { data: unknown } | CloseEvent): void {
    for (const each of this.#listeners) {
      // WebSocketLike pairs each type with the listener that takes its event.
      if (each.type === type) each.listener(event as never);
    }
  }
}
