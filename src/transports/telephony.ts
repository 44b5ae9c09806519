/**
 * A phone call as a transport.
 *
 * @module
 */
import { hostClock, sharedTicker, type Ticker, type TickerClock } from "../audio/ticker.ts";
import type { TelephonyRunnerArguments } from "../core/bot.ts";
import type { Carrier } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import { rtviEndpoint } from "../rtvi/channel.ts";
import { isPhoneLine } from "./line.ts";
import { createListener } from "./listener.ts";
import { createSpeaker } from "./speaker.ts";
import { closeAfterFailure, type Transport, type TransportParams } from "./transport.ts";

/** What a call tells the time with; given by tests. */
export interface CallTime {
  readonly clock: TickerClock;
  readonly ticker: Ticker;
}

const HOST_TIME: CallTime = { clock: hostClock, ticker: sharedTicker };

/**
 * Makes the transport of a phone call.
 *
 * @throws {RunnerError} `bad_start` when `callData.raw` is not the carrier's start message.
 */
export function telephonyTransport(
  args: TelephonyRunnerArguments,
  carrier: Carrier,
  params: TransportParams = {},
  { clock, ticker }: CallTime = HOST_TIME,
): Transport {
  const { websocket: socket, callData, sessionId, transport: name } = args;
  const start = carrier.readStart(callData.raw);
  if (!start) {
    throw new RunnerError("bad_start", `callData.raw is not the start message of ${name}.`);
  }
  const { sampleRate } = start.audio;
  const serializer = carrier.serializer(start);
  const speaker = createSpeaker({
    sampleRate,
    serializer,
    send: (message) => socket.send(message),
    clock,
    ticker,
  });
  const listener = createListener({
    sampleRate,
    serializer,
    params,
    marked: speaker.marked,
    stopped: () => isPhoneLine(socket) ? socket.ended() : socket.close(),
    fields: { sessionId, transport: name },
    clock,
    ticker,
  });
  // A phone has no app messages.
  const rtvi = rtviEndpoint({ send: () => {}, disconnect: () => {} });

  void socket.closed.then(() => {
    listener.end();
    speaker.end();
    rtvi.end();
  });
  if (isPhoneLine(socket)) socket.beforeHangUp(speaker.drained);
  socket.receive(listener.receive);
  return {
    name,
    readable: listener.readable,
    writable: speaker.writable,
    closed: socket.closed,
    ready: Promise.resolve(),
    rtvi: rtvi.channel,
    interrupt: speaker.interrupt,
    drained: speaker.drained,
    close: (info) => socket.close(info),
    async [Symbol.asyncDispose]() {
      await speaker.drained();
      closeAfterFailure(socket, () => void socket[Symbol.asyncDispose]());
    },
  };
}
