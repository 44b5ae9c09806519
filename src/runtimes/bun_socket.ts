/**
 * Bun's WebSocket in the shape that it has everywhere else: Bun calls one set of handlers for all of
 * them, and tells by `data` which is which.
 *
 * @module
 */
import type { WebSocketLike } from "../core/socket.ts";

/** As much of Bun's own as is used. */
export interface ServerWebSocket {
  readonly data: unknown;
  readonly readyState: number;
  binaryType?: string;
  getBufferedAmount(): number;
  send(data: string | Uint8Array<ArrayBuffer>): number;
  close(code?: number, reason?: string): void;
}

const CONNECTING = 0;

/** A WebSocket that is connecting until Bun says that it is open. */
export class BunWebSocket implements WebSocketLike {
  /** What binary messages come as; Bun is told the same. */
  binaryType = "arraybuffer";
  #socket: ServerWebSocket | undefined;
  #listeners: { readonly type: string; readonly listener: (event: never) => void }[] = [];

  /** @inheritdoc */
  get readyState(): number {
    return this.#socket?.readyState ?? CONNECTING;
  }

  /** @inheritdoc */
  get bufferedAmount(): number {
    return this.#socket?.getBufferedAmount() ?? 0;
  }

  /** @inheritdoc */
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.push({ type, listener });
  }

  /** @inheritdoc */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket?.send(data);
  }

  /** @inheritdoc */
  close(code?: number, reason?: string): void {
    this.#socket?.close(code, reason);
  }

  /** Bun has opened it. */
  opened(socket: ServerWebSocket): void {
    socket.binaryType = this.binaryType;
    this.#socket = socket;
    this.#dispatch("open", {});
  }

  /** A message has arrived. */
  arrived(data: unknown): void {
    this.#dispatch("message", { data });
  }

  /** It is closed. */
  ended(code: number, reason: string): void {
    this.#dispatch("close", { code, reason });
  }

  #dispatch(type: string, event: object): void {
    for (const each of this.#listeners) {
      // WebSocketLike pairs each type with the listener that takes its event.
      if (each.type === type) each.listener(event as never);
    }
  }
}
