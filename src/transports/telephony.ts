/**
 * A phone call as a transport.
 *
 * @module
 */
import { observed } from "../core/call_observer.ts";
import type { Carrier, CarrierStart } from "../core/carrier.ts";
import { rtviEndpoint } from "../rtvi/channel.ts";
import type { PhoneLine } from "./line.ts";
import { createListener } from "./listener.ts";
import { createSpeaker } from "./speaker.ts";
import { HOST_TIME, type Time } from "./time.ts";
import { closeAfterFailure, type Transport, type TransportParams } from "./transport.ts";

/** A phone call whose stream has begun. */
export interface StartedCall {
  /** The session's id. */
  readonly id: string;
  readonly line: PhoneLine;
  readonly carrier: Carrier;
  readonly start: CarrierStart;
}

/** Makes the transport of a phone call. */
export function telephonyTransport(
  { id, line, carrier, start }: StartedCall,
  params: TransportParams = {},
  { clock, ticker }: Time = HOST_TIME,
): Transport {
  const { name } = carrier;
  const { sampleRate } = start.audio;
  const serializer = carrier.serializer(start);
  const watching = observed();
  const speaker = createSpeaker({
    observed: watching,
    sampleRate,
    serializer,
    send: (message) => line.send(message),
    losses: () => listener.losses,
    clock,
    ticker,
  });
  const listener = createListener({
    observed: watching,
    sampleRate,
    serializer,
    params,
    marked: speaker.marked,
    stopped: () => line.ended(),
    fields: { sessionId: id, transport: name },
    clock,
    ticker,
  });
  // A phone has no app messages.
  const rtvi = rtviEndpoint({ send: () => {}, disconnect: () => {} });

  void line.closed.then(() => {
    listener.end();
    speaker.end();
    rtvi.end();
  });
  line.beforeHangUp(speaker.drained);
  line.receive(listener.receive);
  return {
    name,
    readable: listener.readable,
    writable: speaker.writable,
    closed: line.closed,
    ready: Promise.resolve(),
    rtvi: rtvi.channel,
    interrupt: speaker.interrupt,
    drained: speaker.drained,
    observe: watching.observe,
    close: (info) => line.close(info),
    async [Symbol.asyncDispose]() {
      await speaker.drained();
      closeAfterFailure(line, () => void line[Symbol.asyncDispose]());
    },
  };
}
