/**
 * The audio of a call over a connection that a test plays.
 */
import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import * as werift from "werift";
import { loadOpus } from "../../src/audio/opus.ts";
import { readRedundant, writeRedundant } from "../../src/audio/redundancy.ts";
import type { Frame } from "../../src/core/frame.ts";
import { createMedia } from "../../src/ways/webrtc/media.ts";
import { sine } from "../audio/signals.ts";
import { encoded } from "./call.ts";
import { fakeConnection, OPUS, OURS } from "./fake_connection.ts";

const opus = await loadOpus();
const RED = 63;

/** Media over a connection that has agreed on copies; what is sent and what is heard. */
function media() {
  const { connection, sent } = fakeConnection({ redundancy: RED });
  const frames: Frame[] = [];
  const incoming = { push: (frame: Frame) => void frames.push(frame), dropped: 0 };
  const made = createMedia({ werift, opus: () => opus }, incoming, getLogger(["test"]));
  made.begin(connection);
  return { made, sent, frames };
}

Deno.test("what is lost is heard from the copies in later packets", () => {
  const { made, frames } = media();
  const payloads = encoded(sine(440, 48_000, 1));
  const blocks = payloads.map((payload, i) => ({ payloadType: OPUS, timestamp: i * 960, payload }));

  blocks.forEach((block, i) => {
    if (i % 4 === 1 || i % 4 === 2) return; // half of them, in pairs
    const payload = writeRedundant(block, blocks.slice(Math.max(0, i - 2), i));
    const { timestamp } = block;
    const header = { marker: false, payloadType: RED, sequence: i, timestamp, source: 7 };
    made.receive({ ...header, payload });
  });

  const last = blocks.length - 1 - (blocks.length - 1) % 4;
  const audio = frames.filter((frame) => frame.type === "audio").slice(0, last + 1);
  assert.equal(audio.length, last + 1);
  assert.deepEqual(audio.map(({ timestamp }) => timestamp), audio.map((_, i) => i * 20));
  const level = ({ samples }: typeof audio[number]) => Math.max(...samples);
  assert.ok(audio.slice(3).every((frame) => level(frame) > 0.8 * level(audio.at(-1)!)));
  made.close();
});

Deno.test("malformed copies, and those of other kinds, do no harm", () => {
  const { made, frames } = media();
  const [payload] = encoded(sine(440, 48_000, 0.02));
  const receive = (sequence: number, payload: Uint8Array) =>
    made.receive({
      marker: false,
      payloadType: RED,
      sequence,
      timestamp: sequence * 960,
      source: 7,
      payload,
    });

  receive(1, new Uint8Array(0));
  receive(2, Uint8Array.of(0x80 | OPUS, 0, 4));
  receive(3, Uint8Array.of(0, 1, 2, 3));
  receive(4, writeRedundant({ payloadType: OPUS, timestamp: 4 * 960, payload: payload! }, []));

  assert.equal(frames.length, 1);
  made.close();
});

Deno.test("once the client reports losses, what it is sent carries copies", async () => {
  const { made, sent } = media();
  const say = async () => {
    const samples = sine(440, 16_000, 0.1);
    await made.out.write({ type: "audio", samples, sampleRate: 16_000, channels: 1 });
    for (let i = 0; i < 5; i++) made.out.tick(1, performance.now());
  };
  await say();
  const before = sent.splice(0);

  made.heard({
    type: "receiver",
    source: 7,
    receptions: [OURS, 5].map((source) => ({
      source,
      lost: source === OURS ? 0.2 : 0,
      jitter: 0,
      lastReport: 0,
      sinceReport: 0,
    })),
  });
  await say();

  assert.ok(before.every(({ type }) => type === OPUS));
  const { type, timestamp, payload } = sent.at(-1)!;
  assert.equal(type, RED);
  assert.equal(readRedundant(payload, timestamp)?.length, 3);
  made.close();
});
