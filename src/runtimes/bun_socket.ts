/**
 * Bun's WebSocket in the usual form: Bun calls one set of handlers for all of them, and `data` says
 * which is which.
 *
 * @module
 */
import type { WebSocketLike } from "../core/socket.ts";
import { SocketListeners, type WebSocketEvents } from "../core/socket_listeners.ts";

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
  /** The type of binary messages; Bun is told the same. */
  binaryType = "arraybuffer";
  #socket: ServerWebSocket | undefined;
  #listeners = new SocketListeners();

  /** @inheritdoc */
  get readyState(): number {
    return this.#socket?.readyState ?? CONNECTING;
  }

  /** @inheritdoc */
  get bufferedAmount(): number {
    return this.#socket?.getBufferedAmount() ?? 0;
  }

  /** @inheritdoc */
  addEventListener<Type extends keyof WebSocketEvents>(
    type: Type,
    listener: (event: WebSocketEvents[Type]) => void,
  ): void {
    this.#listeners.add(type, listener);
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
    this.#listeners.tell("open", {});
  }

  /** A message has arrived. */
  arrived(data: unknown): void {
    this.#listeners.tell("message", { data });
  }

  /** It is closed. */
  ended(code: number, reason: string): void {
    this.#listeners.tell("close", { code, reason });
  }
}
