/**
 * The port to a WebRTC stack.
 *
 * @module
 */
import type { CallObserver } from "./call_observer.ts";
import type { CallStats } from "./call_stats.ts";
import type { Duplex } from "./duplex.ts";
import type { Frame } from "./frame.ts";
import type { Incoming } from "./incoming.ts";
import type { Playback } from "./playback.ts";
import type { CallVideo } from "./video.ts";

/** A STUN or TURN server, with `urls` always a list. */
export interface IceServer {
  /** Such as `stun:stun.example.com:3478`. */
  readonly urls: readonly string[];
  /** The name to log in with, for TURN. */
  readonly username?: string;
  /** The password to log in with, for TURN. */
  readonly credential?: string;
}

/** An ICE candidate that trickles in after the offer. */
export interface IceCandidate {
  /** The candidate attribute; empty for end-of-candidates (RFC 8840). */
  readonly candidate: string;
  /** The media section that it belongs to, by name. */
  readonly sdpMid?: string | null;
  /** The media section that it belongs to, by number. */
  readonly sdpMLineIndex?: number | null;
}

/** How a peer hands audio to its reader. */
export interface PeerAudio {
  /** Samples per second of the frames on `readable`, in Hz. */
  readonly sampleRate: 8000 | 16000 | 24000 | 48000;
  /** How many channels are interleaved in the samples. */
  readonly channels: 1 | 2;
}

/**
 * The other end of a WebRTC call. It outlives a restart: after `answer(…, { restart: true })` the
 * same streams go on over a new connection.
 */
export interface Peer extends Duplex<Frame> {
  /** The `pc_id` of the wire, opaque to clients. */
  readonly id: string;
  /**
   * Resolves when the client has come: with the first packet that only it can have sent. Until then
   * no bot runs. A stack whose peers are there from the beginning leaves it out.
   */
  readonly reached?: Promise<void>;
  /**
   * Resolves when media can flow; app messages wait for a channel of their own. Rejects with
   * `connect_timeout` after 60 s.
   */
  readonly ready: Promise<void>;
  /** Where `readable` reads, for more readers; absent if a stack has none. */
  readonly incoming?: Incoming<Frame>;
  /** How many pieces of audio and app messages have come; absent if nobody counts them. */
  readonly received?: number;
  /** Plays what is written, and what is played outside the stream. */
  readonly playback: Playback;
  /** Video in both directions; absent if the stack has none. */
  readonly video?: CallVideo;
  /** Sets the format of the frames on `readable`; 16000 Hz mono unless called. */
  configure(audio: PeerAudio): void;
  /** Sends an app message at once or, before the data channel is open, as soon as it opens. */
  send(data: unknown): void;
  /**
   * Offers every app message to `taker` before it goes to `readable`, starting with the earlier
   * ones; a message for which it returns true is taken. So messages reach RTVI even if nobody reads
   * media.
   */
  intercept(taker: (data: unknown) => boolean): void;
  /** Reports from now on what is heard, without app messages; absent if the stack cannot tell. */
  observe?(observer: CallObserver): void;
  /** How well the call goes, or went; absent if the stack cannot measure it. */
  stats?(): CallStats;
  /**
   * Answers a further offer for the same call.
   *
   * @throws {RunnerError} `invalid_offer` when the SDP cannot be used.
   */
  answer(sdp: string, options?: { readonly restart?: boolean }): Promise<string>;
  /** Adds a candidate that trickled in. A candidate that cannot be used is ignored. */
  addIceCandidate(candidate: IceCandidate): Promise<void>;
}

/** Makes peers. */
export interface PeerFactory {
  /** Loads what the first offer needs, so that it does not have to wait. */
  prepare?(): Promise<void>;
  /**
   * Makes the first call as fast as later ones, which takes memory and some 100 ms of the processor:
   * worth it once a client has shown up. Called again it does nothing. It never rejects.
   */
  rehearse?(): Promise<void>;
  /**
   * Answers the offer of a new call.
   *
   * @param id The `pc_id` to give the peer.
   * @param options.mediaAfter Until this resolves the call is only connected: nothing is sent or
   * heard.
   * @param options.sessionId The session that the call is for, to name it in the log.
   * @throws {RunnerError} `invalid_offer` when the SDP cannot be used.
   */
  answer(
    id: string,
    sdp: string,
    options?: { readonly mediaAfter?: Promise<void>; readonly sessionId?: string },
  ): Promise<{ readonly peer: Peer; readonly sdp: string }>;
}
