/**
 * How well a call goes, in numbers.
 *
 * @module
 */

/** One direction of a call's audio, since it began. */
export interface StreamStats {
  /** Share of its packets that never arrived, from 0 to 1. */
  readonly lossRatio: number;
  /** Mean jitter of its packets (RFC 3550 section 6.4.1), in ms. */
  readonly jitterMs: number;
  /**
   * How a listener would rate it, from 1 to 4.5, as the E-model (ITU-T G.107) estimates it for a
   * telephone call, whatever the codec. It includes what the network does to the sound, but not the
   * bot's voice.
   */
  readonly mos: number;
}

/** How well a call goes. Values that its transport cannot measure, or not yet, are absent. */
export interface CallStats {
  /**
   * Mean round trip to the other side, in ms. Over WebRTC that is the client; on the phone it is
   * the carrier, if it returns marks.
   */
  readonly roundTripMs?: number | undefined;
  /** How long after the transport was made the bot was first heard, in ms. */
  readonly firstAudioMs?: number | undefined;
  /** The user's audio, as it arrives here. */
  readonly user?: StreamStats | undefined;
  /** The bot's audio, as it arrives at the user. */
  readonly bot?: StreamStats | undefined;
}
