/**
 * An echo after a stall of the process, in which the client has gone on speaking.
 */
import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import * as werift from "werift";
import { loadOpus } from "../../src/audio/opus.ts";
import { boundedReadable } from "../../src/core/bounded_readable.ts";
import { type Frame, frameSize } from "../../src/core/frame.ts";
import { createMedia } from "../../src/ways/webrtc/media.ts";
import { createOutgoing } from "../../src/ways/webrtc/outgoing.ts";
import { sine } from "../audio/signals.ts";
import { encoded } from "./call.ts";
import { delay } from "./client.ts";
import { fakeConnection, OPUS } from "./fake_connection.ts";

/** Packets of Opus that say something are longer. */
const SILENT_BYTES = 3;

Deno.test("an echo is not late after a stall that was longer than what waits for a reader", async () => {
  const { connection, sent } = fakeConnection();
  const incoming = boundedReadable<Frame>(150, frameSize);
  const opus = await loadOpus();
  const media = createMedia({ werift, opus: () => opus }, incoming, getLogger(["test"]));
  const outgoing = createOutgoing(media.out, {
    ownVideo: (frame) => frame,
    onVideo() {},
    onMessage() {},
    onInterrupt() {},
    onClose() {},
  });
  const echo = incoming.readable.pipeTo(outgoing.writable);
  const packets = encoded(sine(440, 48_000, 1));
  let sequence = 0;
  const speak = () => {
    const header = { marker: false, payloadType: OPUS, sequence, timestamp: sequence * 960 };
    media.receive({ ...header, source: 7, payload: packets[sequence % packets.length]! });
    sequence++;
  };
  media.begin(connection);
  for (let i = 0; i < 20; i++) {
    speak();
    await delay(20);
    media.tick(1);
  }

  await delay(4000);
  for (let i = 0; i < 200; i++) speak();
  await delay(50); // all that waits goes its way
  sent.length = 0;
  for (let i = 0; i < 200; i++) media.tick(1);

  const beats = sent.findIndex(({ payload }) => payload.length <= SILENT_BYTES);
  assert.ok(incoming.dropped > 0);
  assert.ok(beats >= 0 && beats <= 5, `${beats * 20} ms stand`);
  media.close();
  outgoing.end();
  incoming.end();
  await echo.catch(() => {}); // however it ends
});
