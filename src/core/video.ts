/**
 * Pictures and video in a call, without a codec: encoded video stays encoded.
 *
 * @module
 */

/** What a client films: itself, or its screen. */
export type VideoSource = "camera" | "screen";

/**
 * A picture: a lossy WebP, which vision models accept as it is. Transports without pictures ignore
 * it.
 */
export interface ImageFrame {
  /** What to `switch` on. */
  readonly type: "image";
  /** The bytes of the file. */
  readonly data: Uint8Array;
  /** The media type of the file. */
  readonly format: "image/webp";
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** When it arrived, in ms since media began. Set on what a transport reads. */
  readonly timestamp?: number;
  /** What it shows. Set on what a transport reads. */
  readonly source?: VideoSource;
}

/** What video can be coded with. */
export type VideoCodec = "vp8" | "h264" | "av1";

/** All of them, the preferred one first. */
export const VIDEO_CODECS: readonly VideoCodec[] = ["vp8", "h264", "av1"];

/**
 * One access unit of encoded video, as `EncodedVideoChunk` of WebCodecs takes it: a frame of VP8,
 * the NAL units of H.264 with start codes (Annex B), or a temporal unit of AV1.
 */
export interface VideoFrame {
  /** What to `switch` on. */
  readonly type: "video";
  /** The encoded bytes. */
  readonly data: Uint8Array;
  /** Its codec. A bot can send only VP8. */
  readonly codec: VideoCodec;
  /** Whether decoding can begin with it. */
  readonly key: boolean;
  /**
   * When it was captured, in ms since the first one of its source. Set on what a transport reads.
   */
  readonly timestamp?: number;
  /** What it shows. Set on what a transport reads. */
  readonly source?: VideoSource;
}

/** What a bot wants to see of a source. */
export type VideoWish =
  /** Nothing, until it asks with `transport.snapshot`. */
  | "onRequest"
  | {
    /**
     * How many pictures a second to read, as image frames; more than 0, at most 2. Default: none.
     */
    readonly framesPerSecond?: number;
    /** Whether to read the whole encoded video, as video frames. Default: false. */
    readonly encoded?: boolean;
  };

/** What a bot wants to see. */
export interface VideoIn {
  /** The camera. Default: nothing of it. */
  readonly camera?: VideoWish;
  /** The screen. Default: nothing of it. */
  readonly screen?: VideoWish;
  /** Whether to read the whole encoded video of both, as video frames. Default: false. */
  readonly encoded?: boolean;
}

/** How to take a picture. */
export interface SnapshotOptions {
  /** Which source. Default: `camera`. */
  readonly source?: VideoSource;
  /** How long it may take, in ms. Default: 3000. */
  readonly timeoutMs?: number;
}

/** Video of a call, both ways. */
export interface CallVideo {
  /** Says what the bot wants to see. Until then the client is asked for nothing. */
  configure(wishes: VideoIn): void;
  /**
   * Takes a picture from now.
   *
   * @throws {RunnerError} `no_picture` if none can be taken, with the reason.
   */
  snapshot(options?: SnapshotOptions): Promise<ImageFrame>;
  /**
   * Shows a lossy WebP from now on, and to whoever joins later; `false` turns the bot's camera off.
   *
   * @throws {RunnerError} `bad_picture` for anything else, with how to make one.
   */
  show(picture: Uint8Array | false): void;
}
