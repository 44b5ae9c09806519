/**
 * Turns the WebSocket of any runtime into a {@link Socket}.
 *
 * @module
 */
import { boundedWritable } from "./bounded_writable.ts";
import type { CloseInfo, Message, Socket } from "./duplex.ts";
import { type IterableStream, iterableStream } from "./iterable_stream.ts";
import { delay } from "./wait.ts";

/** As much of a WebSocket as the runner uses; Deno, Node's `ws`, Bun's façade and Workers have it. */
export interface WebSocketLike {
  /** Set to `arraybuffer` if there is a choice. */
  binaryType?: string;
  /** 0 while it connects, 1 while it is open, 2 while it closes, 3 after. */
  readonly readyState: number;
  /** Bytes that wait to be sent; missing on some hosts. */
  readonly bufferedAmount?: number;
  /** Sends a message. */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Begins to close. */
  close(code?: number, reason?: string): void;
  /** Listens for the beginning, or for a fault. */
  addEventListener(type: "open" | "error", listener: () => void): void;
  /** Listens for messages. */
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  /** Listens for the end. */
  addEventListener(
    type: "close",
    listener: (event: { code: number; reason: string }) => void,
  ): void;
}

const CONNECTING = 0;
const OPEN = 1;

/** Close codes: all is said, none was sent, the server failed. */
const NORMAL = 1000;
const NO_STATUS = 1005;
const INTERNAL_ERROR = 1011;
/** The most that a close frame holds besides its code (RFC 6455, section 5.5). */
const MOST_REASON_BYTES = 123;

/** Bytes that may wait for a reader before the socket is closed with 1008: nobody is reading. */
const MAX_WAITING_BYTES = 1 << 20;
/** The other side has gone, or does not read, if this much of what was sent is still on its way. */
const MAX_UNREAD_BYTES = 8 << 20;
/** A writer waits while more than this is on its way out. */
const HIGH_WATER_BYTES = 256 << 10;
const DRAIN_POLL_MS = 10;
/** How long disposing waits for what was sent to leave, in ms. */
const DRAIN_MS = 2000;
/** How long the other side may take to answer a close, in ms. */
const CLOSE_MS = 2000;

const UNREAD: CloseInfo = { closeCode: 1008, reason: "Messages are not being read", by: "user" };

/** Wraps a WebSocket that is open or about to open. */
export function socketFrom(webSocket: WebSocketLike): Socket {
  return new WebSocketSocket(webSocket);
}

class WebSocketSocket implements Socket {
  readonly readable: IterableStream<Message>;
  readonly writable: WritableStream<Message>;
  readonly closed: Promise<CloseInfo>;

  #webSocket: WebSocketLike;
  #listener: ((message: Message) => void) | undefined;
  #waiting: Message[] = [];
  #waitingBytes = 0;
  #unsent: Message[] | undefined = [];
  #unsentBytes = 0;
  /** Set when it was closed before it was open. */
  #closing: CloseInfo | undefined;
  /** Who has closed it on this side. */
  #closer: Pick<CloseInfo, "by"> = {};
  #pull: (() => void) | undefined;
  #over = false;
  #received = 0;
  /** Ends a socket whose other side does not answer the close. */
  #giveUp: () => void;

  constructor(webSocket: WebSocketLike) {
    this.#webSocket = webSocket;
    webSocket.binaryType = "arraybuffer"; // newer Workers deliver a Blob otherwise
    const { promise: closed, resolve: settleClosed } = Promise.withResolvers<CloseInfo>();
    this.closed = closed;
    const messages = new ReadableStream<Message>({
      pull: (controller) => this.#next(controller),
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
    this.readable = iterableStream(messages);
    this.writable = boundedWritable<Message>({
      write: (message) => {
        this.send(message);
        if (this.bufferedAmount > HIGH_WATER_BYTES) return this.#drained(HIGH_WATER_BYTES);
      },
      weigh: (message) => message.length,
      close: () => this.close(),
      abort: () => this.close(),
      over: () => this.#over,
    }, 1).writable;
    let closing: ReturnType<typeof setTimeout> | undefined;
    this.#giveUp = () => closing ??= setTimeout(() => end({ closeCode: 1006 }), CLOSE_MS);
    const open = () => {
      const unsent = this.#unsent ?? [];
      this.#unsent = undefined;
      this.#unsentBytes = 0;
      for (const message of unsent) webSocket.send(message);
      if (this.#closing) this.close(this.#closing);
    };
    const end = (info: CloseInfo) => {
      if (this.#over) return;
      this.#over = true;
      this.#unsent = undefined;
      clearTimeout(closing);
      settleClosed({ ...info, ...this.#closer });
      this.#wake();
    };
    if (webSocket.readyState === CONNECTING) webSocket.addEventListener("open", open);
    else this.#unsent = undefined;
    webSocket.addEventListener("message", ({ data }) => this.#arrive(data));
    webSocket.addEventListener(
      "close",
      ({ code, reason }) => end(reason ? { closeCode: code, reason } : { closeCode: code }),
    );
    webSocket.addEventListener("error", () => end({ closeCode: 1006 }));
  }

  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount ?? 0;
  }

  get received(): number {
    return this.#received;
  }

  send(message: Message): void {
    if (this.#over || this.#closing) return;
    if (!this.#unsent) {
      if (this.#webSocket.readyState !== OPEN) return;
      this.#webSocket.send(message);
    } else {
      this.#unsent.push(message);
      this.#unsentBytes += message.length;
    }
    if (this.#unsentBytes + this.bufferedAmount > MAX_UNREAD_BYTES) {
      this.#unsent = this.#unsent && [];
      this.close(UNREAD);
    }
  }

  receive(listener: (message: Message) => void): void {
    this.readable.getReader(); // locks it, or throws the TypeError that says so
    this.#listener = listener;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) listener(message);
  }

  close(info: CloseInfo = {}): void {
    if (this.#over) return;
    this.#closer = { by: info.by ?? "bot" };
    this.#giveUp();
    // Deno forgets a close that comes before the WebSocket is open, and sent messages should
    // arrive.
    if (this.#unsent) this.#closing ??= info;
    else sendClose(this.#webSocket, info);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drained(0, DRAIN_MS);
    this.close();
    await this.closed;
  }

  /** Waits until at most this many bytes are on their way. */
  async #drained(bytes: number, mostMs = Infinity): Promise<void> {
    const until = performance.now() + mostMs;
    while (!this.#over && this.bufferedAmount > bytes && performance.now() < until) {
      await delay(DRAIN_POLL_MS);
    }
  }

  #arrive(data: unknown): void {
    this.#received++;
    const message = typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer); // binaryType is arraybuffer
    if (this.#listener) return this.#listener(message);
    const size = typeof message === "string" ? message.length : message.byteLength;
    this.#waitingBytes += size;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      return this.close(UNREAD);
    }
    this.#waiting.push(message);
    this.#wake();
  }

  #wake(): void {
    const pull = this.#pull;
    this.#pull = undefined;
    pull?.();
  }

  async #next(controller: ReadableStreamDefaultController<Message>): Promise<void> {
    while (this.#waiting.length === 0) {
      if (this.#over) return controller.close();
      await new Promise<void>((resolve) => this.#pull = resolve);
    }
    const message = this.#waiting.shift() as Message; // never undefined: length > 0
    this.#waitingBytes -= typeof message === "string" ? message.length : message.byteLength;
    controller.enqueue(message);
  }
}

/** The close of a WebSocket as its frame can carry it: every host throws at another, and stays open. */
function sendClose(webSocket: WebSocketLike, { closeCode = NORMAL, reason = "" }: CloseInfo): void {
  const code = isSendable(closeCode)
    ? closeCode
    : closeCode === NO_STATUS
    ? NORMAL
    : INTERNAL_ERROR;
  try {
    webSocket.close(code, cutText(reason, MOST_REASON_BYTES));
  } catch {
    webSocket.close(); // a client may say less than a server, such as no 1001
  }
}

/** The codes that a close frame may have (RFC 6455, section 7.4). */
function isSendable(code: number): boolean {
  return Number.isInteger(code) &&
    ((code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) ||
      (code >= 3000 && code <= 4999));
}

/** The beginning of a text, at most this many bytes of UTF-8; no character is cut in two. */
function cutText(text: string, most: number): string {
  if (text.length * 3 <= most) return text.toWellFormed();
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(most));
  return text.slice(0, read).toWellFormed();
}
