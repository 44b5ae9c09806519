/**
 * A socket whose first message was read to identify it, and is to be read again.
 *
 * @module
 */
import type { Message, Socket } from "../../core/duplex.ts";
import { iterableStream } from "../../core/iterable_stream.ts";

/** The same socket, whose first message is this one. */
export function replayed(socket: Socket, first: Message): Socket {
  let given = false;
  let reader: ReadableStreamDefaultReader<Message> | undefined;
  const readable = iterableStream(
    new ReadableStream<Message>({
      async pull(controller) {
        if (!given) {
          given = true;
          return controller.enqueue(first);
        }
        reader ??= socket.readable.getReader();
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => socket.close(),
    }, { highWaterMark: 0 }),
  );
  return {
    readable,
    writable: socket.writable,
    closed: socket.closed,
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    get received() {
      return socket.received ?? 0;
    },
    send: (message) => socket.send(message),
    receive(listener) {
      readable.getReader(); // locks it, or throws the TypeError that says so
      listener(first);
      socket.receive(listener);
    },
    close: (info) => socket.close(info),
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}
