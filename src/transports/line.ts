/**
 * A socket that carries a phone call: when the bot's side ends it, the call is hung up.
 *
 * @module
 */
import type { CloseInfo, Message, Socket } from "../core/duplex.ts";

/** How long the carrier may take to close a socket that we have closed, in ms. */
const CLOSE_MS = 2000;

/** A socket whose end is the end of the call. */
export interface PhoneLine extends Socket {
  /** Says that the carrier has ended the call: there is nothing left to hang up. */
  ended(): void;
  /** Sets what disposing waits for before it hangs up, such as the last words to be heard. */
  beforeHangUp(drain: () => Promise<void>): void;
}

/** Tells whether a socket is a phone line; one that a test made by hand need not be. */
export function isPhoneLine(socket: Socket): socket is PhoneLine {
  return "beforeHangUp" in socket;
}

/**
 * Makes a phone line of a socket.
 *
 * @param hangUp Ends the call. It is called once, unless the carrier ended the call before, and never
 * rejects.
 */
export function phoneLine(socket: Socket, hangUp: () => Promise<void>): PhoneLine {
  const { promise: closed, resolve: settle } = Promise.withResolvers<CloseInfo>();
  let over = false;
  let hangingUp: Promise<void> | undefined;
  let disposing: Promise<void> | undefined;
  let drain = () => Promise.resolve();
  let readable: ReadableStream<Message> | undefined;
  let writable: WritableStream<Message> | undefined;

  const end = (info: CloseInfo) => {
    over = true;
    settle(info);
  };
  void socket.closed.then(end);
  const hangUpOnce = () => hangingUp ??= over ? Promise.resolve() : hangUp();
  const close = (info?: CloseInfo) => {
    void hangUpOnce();
    socket.close(info);
  };
  const dispose = async () => {
    if (!over) await drain();
    await hangUpOnce();
    socket.close();
    await within(CLOSE_MS, socket.closed);
    end({});
  };

  return {
    // The two streams are made when asked for: only a bot that speaks the carrier's own messages does.
    get readable() {
      return readable ??= readableOf(socket, close);
    },
    get writable() {
      return writable ??= writableOf(socket, close);
    },
    closed,
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send: (message) => socket.send(message),
    receive: (listener) => socket.receive(listener),
    close,
    ended() {
      end({ closeCode: 1000 });
      socket.close();
    },
    beforeHangUp(next) {
      drain = next;
    },
    [Symbol.asyncDispose]: () => disposing ??= dispose(),
  };
}

function readableOf(socket: Socket, close: () => void): ReadableStream<Message> {
  const reader = socket.readable.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => close(),
  }, { highWaterMark: 0 });
}

function writableOf(socket: Socket, close: () => void): WritableStream<Message> {
  const writer = socket.writable.getWriter();
  return new WritableStream({
    write: (message) => writer.write(message),
    close: () => close(),
    abort: () => close(),
  });
}

async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}
