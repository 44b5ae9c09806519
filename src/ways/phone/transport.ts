/**
 * A phone call as a transport.
 *
 * @module
 */
import { audioFaultsOf } from "../../core/audio_faults.ts";
import { observed } from "../../core/call_observer.ts";
import type { Carrier, CarrierStart } from "../../core/carrier.ts";
import { openRtviChannel } from "../../rtvi/channel.ts";
import type { PhoneLine } from "./line.ts";
import { createPhoneEar } from "./ear.ts";
import { createVoice } from "../../transports/voice.ts";
import { HOST_TIME, type Time } from "../../transports/time.ts";
import { completeTransport } from "../../transports/complete.ts";
import { closeSoon, type Transport, type TransportParams } from "../../transports/transport.ts";

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
  const voice = createVoice({
    observed: watching,
    sampleRate,
    serializer,
    send: (message) => line.send(message),
    losses: () => ear.losses,
    faults: audioFaultsOf(name),
    clock,
    ticker,
  });
  const ear = createPhoneEar({
    observed: watching,
    sampleRate,
    serializer,
    params,
    marked: voice.marked,
    stopped: () => line.ended(),
    fields: { sessionId: id, transport: name },
    clock,
    ticker,
  });
  // A phone has no app messages; observers get what the bot would tell an app.
  const rtvi = openRtviChannel({ observed: watching, send: () => {} });

  void line.closed.then(() => {
    ear.end();
    voice.end();
    rtvi.end();
  });
  line.beforeHangUp(async () => void await voice.playback.drained());
  line.play = voice.playback.play;
  line.receive(ear.receive);
  return completeTransport({
    name,
    incoming: ear.incoming,
    writable: voice.writable,
    closed: line.closed,
    playback: voice.playback,
    clock,
    rtvi: rtvi.channel,
    tells: "observer",
    observe(observer) {
      watching.observe(observer);
      voice.probe();
    },
    stats: () => ({ roundTripMs: voice.roundTripMs }),
    close: (info) => line.close(info),
    end: () => closeSoon(line, () => void line[Symbol.asyncDispose]()),
  });
}
