/**
 * What an offer and its answer agree on about audio.
 *
 * @module
 */
import type { CodecName } from "./codec.ts";
import { parameter } from "./sdp/audio_codecs.ts";
import type { OfferedAudio } from "./sdp/offer.ts";

/** What was agreed about audio. */
export interface AgreedAudio {
  /** The SSRC that we send with. */
  readonly source: number;
  /** Whether the client wants to hear us. */
  readonly sends: boolean;
  readonly codec: CodecName;
  readonly payloadType: number;
  /** Payload type of packets with copies of those before them (RFC 2198); absent without. */
  readonly redundancy?: number;
  readonly stereo: boolean;
  /** Whether the client takes reports. */
  readonly hasReports: boolean;
  /** Payload types of `telephone-event` and their clock rates, 48000 Hz first. */
  readonly keys: ReadonlyMap<number, number>;
}

/** Agrees to the audio of an offer, with the SSRC of ours. */
export function agreeOn(offered: OfferedAudio, source: number): AgreedAudio {
  const { codec, format, redundancy, keys, isHeard, hasReports } = offered;
  return {
    source,
    sends: isHeard,
    codec,
    payloadType: format.payloadType,
    ...(redundancy ? { redundancy: redundancy.payloadType } : {}),
    stereo: parameter(format, "stereo") === "1",
    hasReports,
    keys: new Map(keys.map(({ payloadType, clockRate }) => [payloadType, clockRate])),
  };
}
