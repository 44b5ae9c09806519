import assert from "node:assert/strict";
import { readRedundant } from "../../src/audio/redundancy.ts";
import { createProtection } from "../../src/ways/webrtc/protection.ts";

const OPUS = 111;
const RED = 63;

/** Sends packets after some reports of losses; tells how many copies the last one carries. */
function sender(redundancy: number | undefined) {
  const protection = createProtection();
  let timestamp = 4_294_967_000;
  const send = (bytes = 40) => {
    timestamp = (timestamp + 960) >>> 0;
    const payload = new Uint8Array(bytes).fill(timestamp & 0xff);
    const sent = protection.protect({ payloadType: OPUS, timestamp, payload }, redundancy);
    if (sent.payloadType === OPUS) return 0;
    assert.equal(sent.payloadType, RED);
    const blocks = readRedundant(sent.payload, timestamp)!;
    assert.deepEqual(blocks.at(-1), { payloadType: OPUS, timestamp, payload });
    return blocks.length - 1;
  };
  return {
    protection,
    send,
    report: (lost: number, jitterMs = 0) =>
      protection.note({ lost, jitter: jitterMs * 48 }, 48_000),
    copies() {
      for (let i = 0; i < 5; i++) send();
      return send();
    },
  };
}

Deno.test("packets carry copies as soon as losses are reported, and none without", () => {
  const { report, copies } = sender(RED);
  const none = copies();
  report(0.03);
  const few = copies();
  report(0.15);
  const many = copies();

  assert.deepEqual([none, few, many], [0, 1, 2]);
});

Deno.test("losses are forgotten some reports after the last one", () => {
  const { report, copies } = sender(RED);
  report(0.2);
  report(0);
  const soon = copies();
  for (let i = 0; i < 15; i++) report(0);

  assert.equal(soon, 2);
  assert.equal(copies(), 0);
});

Deno.test("packets that come irregularly are sent twice", () => {
  const { report, copies } = sender(RED);
  report(0, 30);

  assert.equal(copies(), 1);
});

Deno.test("silence suppression is not copied", () => {
  const { report, send } = sender(RED);
  report(0.3);
  send();
  send();
  send(1);

  assert.equal(send(), 0);
  assert.equal(send(), 1);
});

Deno.test("where copies are not known the encoder prepares for the losses instead", () => {
  const { report, copies, protection } = sender(undefined);
  copies();
  const before = protection.expectedLossPercent;
  report(0.2);
  assert.equal(copies(), 0);
  const lossy = protection.expectedLossPercent;
  report(1);

  assert.deepEqual([before, lossy, protection.expectedLossPercent], [10, 20, 30]);
});
