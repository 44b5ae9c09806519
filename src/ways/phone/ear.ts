/**
 * The bot's ear on a phone call: a carrier's messages in, frames out.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { getLogger } from "../../core/log.ts";
import { toStereo } from "../../audio/channels.ts";
import { createResampler } from "../../audio/resample.ts";
import type { Ticker } from "../../audio/ticker.ts";
import { audioFaultsOf } from "../../core/audio_faults.ts";
import type { TelephonyTransportName } from "../../core/transport_names.ts";
import type { Observed } from "../../core/call_observer.ts";
import type { CarrierEvent, CarrierSerializer } from "../../core/carrier.ts";
import type { Message } from "../../core/duplex.ts";
import type { AudioFrame, Frame } from "../../core/frame.ts";
import type { Incoming } from "../../core/incoming.ts";
import { incomingFrames } from "../../core/incoming_frames.ts";
import { createReorder } from "./reorder.ts";
import type { TransportParams } from "../../transports/transport.ts";
import { countUnusable } from "../../transports/unusable.ts";

const logger = getLogger(["pipecat", "runner", "telephony"]);

/**
 * Carriers pause, and then their clock goes on like ours. If it does not, audio was lost, in ms.
 */
const PAUSE_MS = 60;
const MOST_JITTER_MS = 500;
/** No carrier sends messages longer than this, in characters or bytes. */
const LONGEST_MESSAGE = 256 << 10;

type MediaEvent = CarrierEvent & { readonly type: "media" };

/** What a {@link PhoneEar} is made of. */
export interface PhoneEarOptions {
  /** Samples per second of the call, in Hz. */
  readonly sampleRate: number;
  readonly serializer: CarrierSerializer;
  readonly params: TransportParams;
  /** Called when the carrier returns a mark. */
  readonly marked: (name: string) => void;
  /** Called when the carrier says that the call is over. */
  readonly stopped: () => void;
  /** Who observes the call. Default: nobody. */
  readonly observed?: Observed;
  /** What names the session in the log. */
  readonly fields: { readonly sessionId: string; readonly transport: TelephonyTransportName };
  readonly clock: Clock;
  readonly ticker: Ticker;
}

/** Hears the caller. */
export interface PhoneEar {
  readonly incoming: Incoming<Frame>;
  /** How often audio of the caller was lost before the bot could read it. */
  readonly losses: number;
  /** Takes a message of the carrier. It never throws: one that cannot be used is counted. */
  receive(message: Message): void;
  /** Ends the incoming audio. */
  end(): void;
}

/** Makes the ear of one call. */
export function createPhoneEar(options: PhoneEarOptions): PhoneEar {
  const { serializer, marked, stopped, observed, fields, clock, ticker } = options;
  const faults = audioFaultsOf(fields.transport);
  const incoming = incomingFrames(logger.with(fields), faults);
  const toFrame = frameMaker(options.sampleRate, options.params);
  /** The latest audio: when it ends, in ms of its stream, and when it came; NaN before the first. */
  const latest = { end: NaN, at: NaN };
  let losses = 0;
  const hear = (event: MediaEvent) => {
    const { timestamp, samples } = event;
    const at = clock.now();
    const gap = timestamp - latest.end;
    const ahead = gap - (at - latest.at);
    if (gap > PAUSE_MS && (ahead > PAUSE_MS || ahead < -MOST_JITTER_MS)) losses++;
    latest.end = timestamp + samples.length * 1000 / options.sampleRate;
    latest.at = at;
    observed?.observer?.heard({ samples, sampleRate: options.sampleRate, at, timestamp });
    incoming.push(toFrame(event));
  };
  const reorder = createReorder({ deliver: hear, faults, clock, ticker });
  const unusable = countUnusable(logger, fields);

  return {
    incoming,
    get losses() {
      return losses + incoming.dropped;
    },
    receive(message) {
      if (message.length > LONGEST_MESSAGE) return unusable.skip("a message that is too long");
      const event = serializer.parse(message);
      switch (event.type) {
        case "media":
          return event.chunk === undefined ? hear(event) : reorder.push(event.chunk, event);
        case "dtmf":
          observed?.observer?.key("user", event.digit);
          return incoming.push({ type: "dtmf", digit: event.digit });
        case "mark":
          return marked(event.name);
        case "stop":
          return stopped();
        case "malformed":
          return unusable.skip(event.detail);
        case "cleared": // an interruption does not wait for it
        case "ignored":
          return;
        default:
          return event satisfies never;
      }
    },
    end() {
      reorder.flush();
      incoming.end();
      unusable.end();
    },
  };
}

/** Makes frames from what the caller says, in the format that the bot asked for. */
function frameMaker(callRate: number, params: TransportParams): (event: MediaEvent) => AudioFrame {
  const { audioInSampleRate: sampleRate = callRate, audioInChannels: channels = 1 } = params;
  const resampler = sampleRate === callRate ? undefined : createResampler(callRate, sampleRate);
  return ({ samples, timestamp }) => {
    const mono = resampler ? resampler.process(samples) : samples;
    return {
      type: "audio",
      samples: channels === 2 ? toStereo(mono) : mono,
      sampleRate,
      channels,
      timestamp,
    };
  };
}
