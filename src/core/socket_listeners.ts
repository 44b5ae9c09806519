/**
 * The listeners of a WebSocket that is not the host's own.
 *
 * @module
 */

/** What a listener of each type receives. */
export interface WebSocketEvents {
  readonly open: object;
  readonly message: { readonly data: unknown };
  readonly close: { readonly code: number; readonly reason: string };
  readonly error: object;
}

type Listener<Type extends keyof WebSocketEvents> = (event: WebSocketEvents[Type]) => void;

/** The listeners of one WebSocket, by event type. */
export class SocketListeners {
  #lists: { readonly [Type in keyof WebSocketEvents]: Listener<Type>[] } = {
    open: [],
    message: [],
    close: [],
    error: [],
  };

  /** Adds one. */
  add<Type extends keyof WebSocketEvents>(type: Type, listener: Listener<Type>): void {
    this.#lists[type].push(listener);
  }

  /** Calls those who listen for a type. */
  tell<Type extends keyof WebSocketEvents>(type: Type, event: WebSocketEvents[Type]): void {
    for (const listener of this.#lists[type]) listener(event);
  }
}
