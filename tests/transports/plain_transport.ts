/**
 * A transport in a test's own time, whose other side plays at once what it is sent.
 */
import { createTicker } from "../../src/audio/ticker.ts";
import type { CloseInfo } from "../../src/core/duplex.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { incomingFrames } from "../../src/core/incoming_frames.ts";
import { getLogger } from "../../src/core/log.ts";
import { rtviEndpoint } from "../../src/rtvi/endpoint.ts";
import type { RtviServerMessage } from "../../src/rtvi/protocol.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { completeTransport } from "../../src/transports/complete.ts";
import { createVoice } from "../../src/transports/voice.ts";

const RATE = 8000;

/** Makes one; it can be cleared. */
export function plainTransport() {
  const clock = manualClock();
  const sent: number[] = [];
  const messages: (RtviServerMessage & { readonly at: number })[] = [];
  const voice = createVoice<Int16Array>({
    sampleRate: RATE,
    serializer: {
      size: { min: 160, max: RATE, multiple: 160 },
      media: (samples) => samples,
      clear: () => new Int16Array(0),
    },
    send: (samples) => void sent.push(...samples),
    clock,
    ticker: createTicker(20, clock),
  });
  const { promise: closed, resolve } = Promise.withResolvers<CloseInfo>();
  const rtvi = rtviEndpoint({
    send: (message) => void messages.push({ ...message, at: clock.now() }),
    disconnect() {},
  });
  const transport = completeTransport({
    name: "websocket",
    incoming: incomingFrames(getLogger(["test"])),
    writable: voice.writable,
    closed,
    playback: voice.playback,
    rtvi: rtvi.channel,
    clock,
    observe() {},
    close(info = {}) {
      voice.end();
      resolve(info);
    },
    end() {},
  });
  return { clock, transport, sent, messages, rtvi };
}

/** Sound of a length in ms. */
export const sound = (ms: number, value = 1): AudioFrame => ({
  type: "audio",
  samples: new Int16Array(ms * RATE / 1000).fill(value),
  sampleRate: RATE,
  channels: 1,
});
