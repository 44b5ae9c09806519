/**
 * A socket that carries a phone call: when the bot's side ends it, the call is hung up.
 *
 * @module
 */
import { boundedWritable } from "../../core/bounded_writable.ts";
import type { CloseInfo, Message, Socket } from "../../core/duplex.ts";
import { type IterableStream, iterableStream } from "../../core/iterable_stream.ts";
import type { Playback } from "../../core/playback.ts";

/** The close code of a side that failed. */
const INTERNAL_ERROR = 1011;

/** A socket whose end is the end of the call. */
export interface PhoneLine extends Socket {
  /** Says that the carrier has ended the call: there is nothing left to hang up. */
  ended(): void;
  /** Says that the bot has failed: the socket will close with that for a reason. */
  failed(reason: string): void;
  /** Marks that the call goes on without the bot: it is not hung up. */
  leave(): void;
  /** Resolves when what the bot has written was heard, or the call is over. */
  drained(): Promise<void>;
  /** Whether the carrier, or the bot, has ended the call. */
  readonly over: boolean;
  /** Plays sound after what the bot has written; set by the bot's transport, once it exists. */
  play?: Playback["play"];
  /** Sets what disposing waits for before it hangs up, such as the last words to be heard. */
  beforeHangUp(drain: () => Promise<void>): void;
}

/**
 * Makes a phone line of a socket.
 *
 * @param hangUp Ends the call. It is called once, unless the carrier ended the call before, and never
 * rejects.
 * @param early Messages that have already come, to be read first.
 */
export function phoneLine(
  socket: Socket,
  hangUp: () => Promise<void>,
  early: readonly Message[] = [],
): PhoneLine {
  return new SocketPhoneLine(socket, hangUp, early);
}

class SocketPhoneLine implements PhoneLine {
  readonly closed: Promise<CloseInfo>;
  play?: Playback["play"];

  #socket: Socket;
  #hangUp: () => Promise<void>;
  #early: readonly Message[];
  #end: (info: CloseInfo) => void;
  #over = false;
  #left = false;
  #failure: CloseInfo = {};
  #hangingUp: Promise<void> | undefined;
  #disposing: Promise<void> | undefined;
  #drain = () => Promise.resolve();
  // The two streams are made on demand: only a bot that uses the carrier's own messages needs them.
  #readable: IterableStream<Message> | undefined;
  #writable: WritableStream<Message> | undefined;

  constructor(socket: Socket, hangUp: () => Promise<void>, early: readonly Message[]) {
    const { promise, resolve } = Promise.withResolvers<CloseInfo>();
    this.closed = promise;
    this.#socket = socket;
    this.#hangUp = hangUp;
    this.#early = early;
    this.#end = (info) => {
      this.#over = true;
      resolve(info);
    };
    void socket.closed.then(this.#end);
  }

  get readable(): IterableStream<Message> {
    return this.#readable ??= readableOf(this.#socket, this.#early, () => this.close());
  }

  get writable(): WritableStream<Message> {
    return this.#writable ??= writableOf(this.#socket, () => this.close());
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get received(): number {
    return this.#socket.received ?? 0;
  }

  send(message: Message): void {
    this.#socket.send(message);
  }

  receive(listener: (message: Message) => void): void {
    const early = this.#early;
    this.#early = [];
    for (const message of early) listener(message);
    this.#socket.receive(listener);
  }

  get over(): boolean {
    return this.#over;
  }

  leave(): void {
    this.#left = true;
  }

  async drained(): Promise<void> {
    if (!this.#over) await Promise.race([this.#drain(), this.closed]);
  }

  close(info?: CloseInfo): void {
    void this.#hangUpOnce();
    this.#socket.close(info ?? this.#failure);
  }

  ended(): void {
    this.#end({ closeCode: 1000 });
    this.#socket.close();
  }

  failed(reason: string): void {
    this.#failure = { closeCode: INTERNAL_ERROR, reason };
  }

  beforeHangUp(drain: () => Promise<void>): void {
    this.#drain = drain;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposing ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    if (!this.#over) await this.#drain();
    await this.#hangUpOnce();
    this.#socket.close(this.#failure);
    await this.#socket.closed;
  }

  #hangUpOnce(): Promise<void> {
    return this.#hangingUp ??= this.#over || this.#left ? Promise.resolve() : this.#hangUp();
  }
}

function readableOf(
  socket: Socket,
  early: readonly Message[],
  close: () => void,
): IterableStream<Message> {
  const reader = socket.readable.getReader();
  const waiting = [...early];
  const messages = new ReadableStream<Message>({
    async pull(controller) {
      const first = waiting.shift();
      if (first !== undefined) return controller.enqueue(first);
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => close(),
  }, { highWaterMark: 0 });
  return iterableStream(messages);
}

function writableOf(socket: Socket, close: () => void): WritableStream<Message> {
  const writer = socket.writable.getWriter();
  return boundedWritable<Message>({
    write: (message) => writer.write(message),
    weigh: (message) => message.length,
    close: () => close(),
    abort: () => close(),
    over: () => false,
  }, 1).writable;
}
