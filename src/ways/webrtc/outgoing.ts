/**
 * The writable of a peer.
 *
 * @module
 */
import { type BoundedWritable, boundedWritable } from "../../core/bounded_writable.ts";
import { type AudioFrame, type Frame, isLong, partsOf, writtenSize } from "../../core/frame.ts";
import { checkFrame, ownFrame } from "../../core/playable.ts";
import type { Playback } from "../../core/playback.ts";
import type { ImageFrame, VideoFrame } from "../../core/video.ts";
import { delay } from "../../core/wait.ts";
import { type AudioOut, PLAYOUT_MS } from "./audio_out.ts";

/** Frames on their way to the client. */
export interface Outgoing {
  readonly writable: WritableStream<Frame>;
  readonly playback: Playback;
  /** Lets nobody wait any more. */
  end(): void;
}

/** Where frames other than audio go. */
export interface OutgoingHandlers {
  /** Makes a frame our own as it is written; throws for one that cannot be shown. */
  readonly ownVideo: <T extends ImageFrame | VideoFrame>(frame: T) => T;
  /** A picture is due, or a frame of video. */
  readonly onVideo: (frame: ImageFrame | VideoFrame) => void;
  /** An app message is due. */
  readonly onMessage: (data: unknown) => void;
  /** The bot interrupts itself. */
  readonly onInterrupt: () => void;
  /** The writer has closed the stream or given up. */
  readonly onClose: () => void;
}

/** Pictures that wait for the sound before them, in bytes. */
const MOST_PICTURE_BYTES = 8 << 20;

/** Makes the writable in front of an {@link AudioOut}. */
export function createOutgoing(audioOut: AudioOut, handlers: OutgoingHandlers): Outgoing {
  /** Frames up to this one have reached their place. */
  let handed = 0;
  /** Frames up to this one must be dropped. */
  let dropUpTo = 0;
  let drains: { readonly upTo: number; readonly resolve: (place: number) => void }[] = [];
  let over = false;
  /** What the pictures take that wait for the sound before them. */
  let pictureBytes = 0;

  const { hearing } = audioOut;
  const settle = (place: number) => {
    for (const { resolve } of drains) resolve(place);
    drains = [];
  };
  const drained = (): Promise<number> => {
    const upTo = input.entered;
    if (over || handed >= upTo) return audioOut.drained();
    return new Promise((resolve) => drains.push({ upTo, resolve }));
  };
  /** A frame has reached its place, or was dropped. */
  const arrive = (number: number) => {
    handed = number;
    const due = drains.filter(({ upTo }) => upTo <= handed);
    drains = drains.filter(({ upTo }) => upTo > handed);
    for (const { resolve } of due) void audioOut.drained().then(resolve);
  };
  /** Shows a picture when the sound before it is sent, and so in step; at once if too many wait. */
  const picture = (frame: ImageFrame | VideoFrame) => {
    const bytes = frame.data.length;
    if (pictureBytes + bytes > MOST_PICTURE_BYTES) return handlers.onVideo(frame);
    pictureBytes += bytes;
    audioOut.cue(() => {
      pictureBytes -= bytes;
      handlers.onVideo(frame);
    });
  };
  /** Passes a frame on; resolves when there is room for the next one. */
  const hand = (frame: Frame): Promise<void> | undefined => {
    if (over) return;
    if (input.left <= dropUpTo) {
      if (frame.type === "message") handlers.onMessage(frame.data);
      return;
    }
    switch (frame.type) {
      case "audio":
        return audioOut.write(frame);
      case "dtmf":
        return audioOut.press(frame.digit);
      case "message":
        return void audioOut.cue(() => handlers.onMessage(frame.data), true);
      case "image":
      case "video":
        return void picture(frame);
    }
  };
  const sayInParts = async (frame: AudioFrame, number: number): Promise<void> => {
    for (const part of partsOf(frame)) {
      if (over || number <= dropUpTo) break;
      await audioOut.write(part);
      await delay(0);
    }
    arrive(number);
  };

  const input: BoundedWritable<Frame> = boundedWritable({
    own(frame) {
      const own = ownFrame(frame);
      return own.type === "image" || own.type === "video" ? handlers.ownVideo(own) : own;
    },
    write(frame) {
      checkFrame(frame); // what is piped does not come by a writer
      const number = input.left;
      if (frame.type === "audio" && isLong(frame)) return sayInParts(frame, number);
      const room = hand(frame);
      arrive(number);
      return room;
    },
    weigh: writtenSize,
    async close() {
      await drained();
      handlers.onClose();
    },
    abort: () => handlers.onClose(),
    over: () => over,
  }, 1);

  return {
    writable: input.writable,
    playback: {
      get writtenMs() {
        return hearing.writtenMs;
      },
      get firstAt() {
        return hearing.firstAt;
      },
      get overMs() {
        return hearing.overBy(performance.now() - PLAYOUT_MS);
      },
      heardMs: (from, to) => hearing.heardBy(performance.now() - PLAYOUT_MS, from, to),
      watch: (written) => hearing.watch(written),
      play: (frame) => over ? undefined : audioOut.write(frame),
      interrupt() {
        handlers.onInterrupt();
        dropUpTo = input.entered;
        audioOut.interrupt();
        pictureBytes = 0; // none of them is waiting any longer
        settle(hearing.writtenMs);
      },
      drained,
      pause: audioOut.pause,
      resume: audioOut.resume,
      accompany: audioOut.accompany,
    },
    end() {
      over = true;
      settle(hearing.writtenMs);
    },
  };
}
