/**
 * A call by phone as a transport has it, on a clock of the test.
 *
 * @module
 */
import { createTicker } from "../../src/audio/ticker.ts";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import type { Carrier } from "../../src/core/carrier.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { phoneLine } from "../../src/ways/phone/line.ts";
import { telephonyTransport } from "../../src/ways/phone/transport.ts";
import type { TransportParams } from "../../src/transports/transport.ts";
import { fakeSocket } from "../support/fake_socket.ts";

export const STARTS = {
  twilio: { event: "start", streamSid: "MZ1", start: { streamSid: "MZ1", callSid: "CA1" } },
  telnyx: {
    event: "start",
    stream_id: "S1",
    start: { call_control_id: "v3:T", media_format: { encoding: "PCMU", sample_rate: 8000 } },
  },
  plivo: {
    event: "start",
    start: {
      streamId: "P1",
      callId: "C1",
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000 },
    },
  },
  exotel: {
    event: "start",
    stream_sid: "E1",
    start: { stream_sid: "E1", call_sid: "X1", media_format: { sample_rate: "16000" } },
  },
};
/** 20 ms of µ-law, nearly each byte another one; 0x7f is a second zero, which comes back as 0xff. */
export const PAYLOAD = Uint8Array.from({ length: 160 }, (_, i) => i === 0x7f ? 0 : i).toBase64();
/** 20 ms of µ-law silence. */
export const SILENCE = new Uint8Array(160).fill(0xff).toBase64();

export function call(
  name: keyof typeof STARTS = "twilio",
  params: TransportParams = {},
  carrier: Carrier = CARRIERS[name],
) {
  const fake = fakeSocket();
  const clock = manualClock();
  let hungUp = 0;
  const line = phoneLine(fake.socket, () => {
    hungUp++;
    return Promise.resolve();
  });
  const start = carrier.readStart(STARTS[name], new URLSearchParams())!;
  const time = { clock, ticker: createTicker(20, clock) };
  const transport = telephonyTransport({ id: "session-1", line, carrier, start }, params, time);
  // Without the marks that tell how late the carrier is: lateness_test.ts has those.
  const sent = (event: string) =>
    fake.sent.map((message) => JSON.parse(String(message))).filter((each) =>
      each.event === event && !/^at-/.test(each.mark?.name ?? each.name)
    );
  let chunk = 0;
  return {
    fake,
    clock,
    transport,
    writer: () => transport.writable.getWriter(),
    sent,
    /** All that was sent so far, as the samples' bytes. */
    payloads: () =>
      Uint8Array.from(
        [...sent("media"), ...sent("playAudio")]
          .flatMap(({ media }) => [...Uint8Array.fromBase64(media.payload)]),
      ),
    media: (payload = PAYLOAD, more = {}) =>
      fake.arrive({
        event: "media",
        media: { track: "inbound", chunk: `${++chunk}`, timestamp: `${chunk * 20}`, payload },
        ...more,
      }),
    hungUp: () => hungUp,
  };
}

export const speech = (ms: number, sampleRate = 8000, channels: 1 | 2 = 1): AudioFrame => ({
  type: "audio",
  samples: new Int16Array(ms * sampleRate / 1000 * channels).fill(1000),
  sampleRate,
  channels,
});

export async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => done = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return done;
}
