/**
 * The voice of a silent bot: what it says takes no time, and counts as heard.
 *
 * @module
 */
import { boundedWritable } from "../../core/bounded_writable.ts";
import { audioDuration, type AudioFrame, type Frame, writtenSize } from "../../core/frame.ts";
import { checkFrame } from "../../core/playable.ts";
import type { Playback } from "../../core/playback.ts";
import { delay } from "../../core/wait.ts";
import type { Voice } from "../../transports/voice.ts";

/** How long it takes until a client is told what is said, in ms. */
const LOOK_MS = 100;

/**
 * Makes a voice that is not heard.
 *
 * @param tell Sends an app message.
 */
export function silentVoice(tell: (data: unknown) => void): Omit<Voice, "marked" | "roundTripMs"> {
  let writtenMs = 0;
  let over = false;
  const count = (frame: AudioFrame) => void (writtenMs += audioDuration(frame));
  const input = boundedWritable<Frame>({
    own(frame) {
      checkFrame(frame);
      return frame; // nobody looks at its samples
    },
    write(frame) {
      checkFrame(frame); // what is piped does not come by a writer
      if (frame.type === "audio") count(frame);
      else if (frame.type === "message") tell(frame.data);
    },
    weigh: writtenSize,
    close() {},
    abort() {},
    over: () => over,
  }, 16);
  const playback: Playback = {
    get writtenMs() {
      return writtenMs;
    },
    get overMs() {
      return writtenMs;
    },
    heardMs: (from, to) => Math.max(0, Math.min(to, writtenMs) - from),
    play(frame) {
      count(frame);
      return undefined;
    },
    watch() {}, // there is nothing to hear
    interrupt() {},
    async drained() {
      const { entered } = input;
      while (input.left < entered && !over) await delay(0); // it waits in the stream's own queue
      await delay(LOOK_MS); // until the harness was told everything that was said
      return writtenMs;
    },
    pause() {},
    resume() {},
    accompany() {}, // nobody hears
  };
  return { writable: input.writable, playback, probe: () => {}, end: () => void (over = true) };
}
