/**
 * The writable of a peer.
 *
 * @module
 */
import type { Frame } from "../core/frame.ts";
import type { AudioOut } from "./audio_out.ts";

/** Frames on their way to the client. */
export interface Outgoing {
  readonly writable: WritableStream<Frame>;
  /** Drops all audio that was written, also what has not come out of the stream yet. */
  interrupt(): void;
  /** Resolves when all that was written has been sent and heard, or was dropped. */
  drained(): Promise<void>;
  /** Lets nobody wait any more. */
  end(): void;
}

/** Where frames go that are no audio. */
export interface OutgoingHandlers {
  /** An app message is due. */
  readonly onMessage: (data: unknown) => void;
  /** The writer has closed the stream or given up. */
  readonly onClose: () => void;
}

/** Makes the writable in front of an {@link AudioOut}. */
export function createOutgoing(audioOut: AudioOut, handlers: OutgoingHandlers): Outgoing {
  /** Frames that entered the stream, those that came out of it, and those of them to drop. */
  let entered = 0;
  let written = 0;
  let dropUpTo = 0;
  let drains: { readonly upTo: number; readonly resolve: () => void }[] = [];
  let over = false;

  const settle = () => {
    for (const { resolve } of drains) resolve();
    drains = [];
  };
  const drained = async () => {
    const upTo = entered;
    if (over || written >= upTo) return await audioOut.drained();
    await new Promise<void>((resolve) => drains.push({ upTo, resolve }));
  };
  /** Hands a frame on; resolves when there is room for the next one. */
  const write = (frame: Frame): Promise<void> | undefined => {
    written++;
    if (frame.type === "message") return void handlers.onMessage(frame.data);
    if (written <= dropUpTo) return;
    return frame.type === "audio" ? audioOut.write(frame) : audioOut.press(frame.digit);
  };

  const writable = new WritableStream<Frame>({
    async write(frame) {
      const room = write(frame);
      const due = drains.filter(({ upTo }) => upTo <= written);
      drains = drains.filter(({ upTo }) => upTo > written);
      for (const { resolve } of due) void audioOut.drained().then(resolve);
      await room;
    },
    async close() {
      await drained();
      handlers.onClose();
    },
    abort: () => handlers.onClose(),
  }, {
    highWaterMark: 1,
    // Called as a frame enters, so that it is known what an interruption has overtaken.
    size() {
      entered++;
      return 1;
    },
  });

  return {
    writable,
    drained,
    interrupt() {
      dropUpTo = entered;
      audioOut.interrupt();
      settle();
    },
    end() {
      over = true;
      settle();
    },
  };
}
