/**
 * Arriving frames, kept for their readers.
 *
 * @module
 */
import { type AudioFaults, noAudioFaults } from "./audio_faults.ts";
import { audioDuration, type Frame, frameSize } from "./frame.ts";
import { createIncoming, type Incoming } from "./incoming.ts";
import type { Logger } from "./log.ts";

const UNREAD =
  "The bot does not read its audio, so all but the last 5 s is dropped: keep reading " +
  "transport.readable, transport.audio() or transport.keys(), or call " +
  "transport.readable.cancel() if the bot need not listen";

/**
 * Keeps the frames of one call.
 *
 * @param logger Knows which call it is.
 * @param faults Where frames that nobody reads are counted. Default: nowhere.
 */
export function incomingFrames(
  logger: Logger,
  faults: AudioFaults = noAudioFaults(),
): Incoming<Frame> {
  return createIncoming<Frame>({
    lasts: (frame) => frame.type === "audio" ? audioDuration(frame) : 0,
    weigh: frameSize,
    copy,
    unread: () => logger.warn(UNREAD),
    lost: () => faults.unread++,
  });
}

function copy(frame: Frame): Frame {
  switch (frame.type) {
    case "audio":
      return { ...frame, samples: frame.samples.slice() };
    case "image":
    case "video":
      return { ...frame, data: frame.data.slice() };
    default:
      return { ...frame };
  }
}

/** Of each stream the one that reads it: a second transport of the same call hears as well. */
const reading = new WeakMap<ReadableStream<Frame>, Incoming<Frame>>();

/** Keeps the frames of a stream, which is locked from now on. */
export function incomingFrom(
  readable: ReadableStream<Frame>,
  logger: Logger,
  faults?: AudioFaults,
): Incoming<Frame> {
  const known = reading.get(readable);
  if (known) return known;
  const incoming = incomingFrames(logger, faults);
  reading.set(readable, incoming);
  const pump = async () => {
    for (const reader = readable.getReader();;) {
      const { done, value } = await reader.read();
      if (done) return;
      incoming.push(value);
    }
  };
  void pump().catch((error) => logger.warn("A call broke off: {error}", { error }))
    .finally(incoming.end);
  return incoming;
}
