/**
 * The port to LiveKit's media library: as much of `@livekit/rtc-node` as the runner uses.
 *
 * The package holds a native library of 40 MB, so it is no dependency of this one: the host loads it
 * when the first bot joins a room.
 *
 * @module
 */
import type { CloseInfo } from "../../core/duplex.ts";

/** The module `@livekit/rtc-node`. */
export interface LiveKitRtc {
  readonly Room: new () => LiveKitRoom;
  readonly AudioSource: new (sampleRate: number, channels: number) => LiveKitAudioSource;
  readonly AudioFrame: new (
    samples: Int16Array,
    sampleRate: number,
    channels: number,
    samplesPerChannel: number,
  ) => LiveKitAudioFrame;
  readonly AudioStream: new (
    track: never, // a track that the library has handed out, and no other
    options: { sampleRate: number; numChannels: number; frameSizeMs: number },
  ) => ReadableStream<LiveKitAudioFrame>;
  readonly LocalAudioTrack: {
    createAudioTrack(name: string, source: LiveKitAudioSource): LiveKitTrack;
  };
  readonly TrackPublishOptions: new (options: { source: number }) => object;
}

/** A room, once it is joined. */
export interface LiveKitRoom {
  readonly localParticipant?: LiveKitLocalParticipant | undefined;
  readonly remoteParticipants: ReadonlyMap<string, LiveKitParticipant>;
  connect(
    url: string,
    token: string,
    options: { autoSubscribe: boolean; dynacast: boolean },
  ): Promise<void>;
  disconnect(): Promise<void>;
  on(event: string, listener: (...args: never[]) => void): unknown;
}

/** Somebody else in the room. */
export interface LiveKitParticipant {
  readonly identity: string;
  /** 4 for an agent. */
  readonly kind?: number;
  readonly trackPublications: ReadonlyMap<string, LiveKitPublication>;
}

/** The bot, as the room sees it. */
export interface LiveKitLocalParticipant {
  publishTrack(
    track: LiveKitTrack,
    options: object,
  ): Promise<{ waitForSubscription(): Promise<void> }>;
  publishData(
    data: Uint8Array,
    options: { reliable: boolean; destination_identities: string[] },
  ): Promise<void>;
  publishDtmf(code: number, digit: string): Promise<void>;
}

/** What somebody publishes. */
export interface LiveKitPublication {
  /** 1 for audio. */
  readonly kind?: number | undefined;
  setSubscribed(subscribed: boolean): void;
}

/** A track, of which nothing but the library knows what it is. */
export interface LiveKitTrack {
  readonly kind?: number | undefined;
}

/** Takes the bot's audio, and plays it to the room at the pace of speech. */
export interface LiveKitAudioSource {
  captureFrame(frame: LiveKitAudioFrame): Promise<void>;
  clearQueue(): void;
  close(): Promise<void>;
}

/** Audio, 16 bits a sample. */
export interface LiveKitAudioFrame {
  readonly data: Int16Array;
}

/** What a LiveKit session needs of the runner to join its room. */
export interface LiveKitAccess {
  /**
   * Loads the media library.
   *
   * @throws {RunnerError} `package_missing` when it is not here, nor to be had.
   */
  load(): Promise<LiveKitRtc>;
  /** Ends the session: the room is left. */
  end(info: CloseInfo): void;
}

/** The participants of one session. Their names end alike, so that sessions can share a room. */
export interface LiveKitIdentities {
  readonly agent: string;
  readonly user: string;
}

/** Names the participants of a session; without one, as Pipecat does outside of its runner. */
export function liveKitIdentities(sessionId?: string): LiveKitIdentities {
  const suffix = sessionId === undefined ? "" : `-${sessionId.slice(0, 8)}`;
  return { agent: `Pipecat Agent${suffix}`, user: `User${suffix}` };
}

/** Tells whether an identity is that of another session's participant. */
export function isOfOtherSession(identity: string, sessionId: string): boolean {
  const { agent, user } = liveKitIdentities(sessionId);
  return /^(User|Pipecat Agent)-[\da-f]{8}$/.test(identity) && identity !== agent &&
    identity !== user;
}
