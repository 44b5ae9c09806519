/**
 * The DTLS handshake of werift as a client: what it needs on a busy machine, and how it ends.
 *
 * @module
 */
import type * as Werift from "werift";

/** HelloVerifyRequest of RFC 6347, which has the cookie that a client's second hello brings. */
const HELLO_VERIFY_REQUEST = 3;
/** The flight that this second hello is. */
const SECOND_HELLO = 3;
/** Beyond all flights: one that waits to be sent again is given up when its time comes. */
const OVER = 99;
/** How many numbers of records werift uses twice at most. */
const REPEATED_NUMBERS = 16;

/** A handshake that is under way, or over. */
export interface ClientHandshake {
  /** Gives it up; resolves when werift has no more timers of it, which cannot be stopped. */
  end(): Promise<void>;
}

/** Follows the handshake of a transport, from before it begins. */
export function followHandshake(
  transport: Werift.RTCDtlsTransport,
  { DtlsClient }: typeof Werift,
): ClientHandshake {
  const steps: Promise<unknown>[] = [];
  let over = false;
  /** Whoever began a step is told how it ends; here it counts that it does. */
  const follow = <T>(step: Promise<T>): Promise<T> => {
    steps.push(step.catch(() => {}));
    return step;
  };

  transport.onStateChange.subscribe((state) => {
    // werift makes its socket right after it says so.
    if (state === "connecting") queueMicrotask(() => transport.dtls && begin(transport.dtls));
    // werift counts its records from 0 again after its Finished. One of those that follow has the
    // number of that, and whoever takes no record twice drops it.
    if (state === "connected" && transport.dtls) {
      transport.dtls.dtls.recordSequenceNumber += REPEATED_NUMBERS;
    }
  });

  function begin(socket: Werift.DtlsSocket): void {
    // A busy machine answers the first hello after it was sent again, and so twice. werift fails at
    // the second cookie; RFC 6347 (section 4.2.4) has what is repeated passed by.
    const handle = socket.onHandleHandshakes;
    socket.onHandleHandshakes = (messages) =>
      follow(
        handle(messages.filter(({ msg_type }) =>
          msg_type !== HELLO_VERIFY_REQUEST || socket.dtls.flight < SECOND_HELLO
        )),
      );
    if (!(socket instanceof DtlsClient)) return;
    const connect = socket.connect.bind(socket);
    const said = Promise.withResolvers<void>();
    steps.push(said.promise);
    socket.connect = () => {
      said.resolve();
      return over ? Promise.resolve() : follow(connect());
    };
  }

  return {
    async end() {
      over = true;
      if (transport.dtls) transport.dtls.dtls.flight = OVER;
      for (const step of steps) await step; // others may still be added
    },
  };
}
