/**
 * The port to LiveKit's media library: as much of `@livekit/rtc-node` as the runner uses.
 *
 * The package contains a native library of 40 MB, so it is not a dependency of this one: the host
 * loads it when the first bot joins a room.
 *
 * @module
 */
import type { CloseInfo } from "../../core/duplex.ts";

/** The module `@livekit/rtc-node`; nobody but the library makes the tracks that it takes. */
export interface LiveKitRtc<Track extends LiveKitTrack = never> {
  /** A room, not yet joined. */
  readonly Room: new () => LiveKitRoom;
  /** What is said into the room, in Hz and channels. */
  readonly AudioSource: new (sampleRate: number, channels: number) => LiveKitAudioSource;
  /** A piece of sound: interleaved samples, Hz, channels, and samples per channel. */
  readonly AudioFrame: new (
    samples: Int16Array,
    sampleRate: number,
    channels: number,
    samplesPerChannel: number,
  ) => LiveKitAudioFrame;
  /** What is heard of a track, as a stream. */
  readonly AudioStream: new (
    track: Track,
    options: { sampleRate: number; numChannels: number; frameSizeMs: number },
  ) => ReadableStream<LiveKitAudioFrame>;
  /** A track of one's own. */
  readonly LocalAudioTrack: {
    createAudioTrack(name: string, source: LiveKitAudioSource): LiveKitTrack;
  };
  /** How to publish a track; `source` says what it comes from. */
  readonly TrackPublishOptions: new (options: { source: number }) => object;
}

/** A room, once it is joined. */
export interface LiveKitRoom {
  /** Who has joined here; absent before. */
  readonly localParticipant?: LiveKitLocalParticipant | undefined;
  /** The others, by identity. */
  readonly remoteParticipants: ReadonlyMap<string, LiveKitParticipant>;
  /** Joins the room with a token. */
  connect(
    url: string,
    token: string,
    options: { autoSubscribe: boolean; dynacast: boolean },
  ): Promise<void>;
  /** Leaves the room. */
  disconnect(): Promise<void>;
  /** Calls back for every event of this name. */
  on(event: string, listener: (...args: never[]) => void): unknown;
}

/** Somebody else in the room. */
export interface LiveKitParticipant {
  /** The name that the token gives them. */
  readonly identity: string;
  /** 4 for an agent. */
  readonly kind?: number;
  /** What they publish, by id. */
  readonly trackPublications: ReadonlyMap<string, LiveKitPublication>;
}

/** The bot, as the room sees it. */
export interface LiveKitLocalParticipant {
  /** Publishes a track; resolves when the server has it. */
  publishTrack(
    track: LiveKitTrack,
    options: object,
  ): Promise<{ waitForSubscription(): Promise<void> }>;
  /** Sends data to all, or to those who are named. */
  publishData(
    data: Uint8Array,
    options: { reliable: boolean; destination_identities: string[] },
  ): Promise<void>;
  /** Presses a key: its code in RFC 4733, and the key itself. */
  publishDtmf(code: number, digit: string): Promise<void>;
}

/** What somebody publishes. */
export interface LiveKitPublication {
  /** 1 for audio. */
  readonly kind?: number | undefined;
  /** Subscribes to the track, or unsubscribes. */
  setSubscribed(subscribed: boolean): void;
}

/** A track, which only the library understands. */
export interface LiveKitTrack {
  /** What it carries: 1 is audio, 2 video. */
  readonly kind?: number | undefined;
}

/** Takes the bot's audio, and plays it to the room at the pace of speech. */
export interface LiveKitAudioSource {
  /** Plays a piece; resolves when there is room for the next. */
  captureFrame(frame: LiveKitAudioFrame): Promise<void>;
  /** Drops what is not yet played. */
  clearQueue(): void;
  /** Lets go of the source. */
  close(): Promise<void>;
}

/** Audio, 16 bits a sample. */
export interface LiveKitAudioFrame {
  /** Interleaved samples. */
  readonly data: Int16Array;
}

/** What a LiveKit session needs of the runner to join its room. */
export interface LiveKitAccess {
  /**
   * Loads the media library.
   *
   * @throws {RunnerError} `package_missing` if it is neither here nor downloadable.
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
