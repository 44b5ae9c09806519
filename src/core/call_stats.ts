/**
 * How well a call goes, in numbers.
 *
 * @module
 */

/** One direction of a call's audio, since it began. */
export interface StreamStats {
  /** Share of its packets that never came, from 0 to 1. */
  readonly lossRatio: number;
  /** How irregularly its packets came, on average (RFC 3550 section 6.4.1), in ms. */
  readonly jitterMs: number;
  /**
   * How a listener would rate it, from 1 to 4.5, as the E-model estimates it (ITU-T G.107): of a telephone
   * call, whatever the codec. What the network does to the sound is in it, and the bot's voice is not.
   */
  readonly mos: number;
}

/** How well a call goes. What its transport cannot tell, or not yet, is absent. */
export interface CallStats {
  /**
   * How long it takes to the other side and back, on average, in ms. Over WebRTC that is the client; on
   * the phone it is the carrier, where that returns marks.
   */
  readonly roundTripMs?: number | undefined;
  /** How long after the transport was made the bot was heard first, in ms. */
  readonly firstAudioMs?: number | undefined;
  /** What the user says, as it comes here. */
  readonly user?: StreamStats | undefined;
  /** What the bot says, as it comes to the user. */
  readonly bot?: StreamStats | undefined;
}
