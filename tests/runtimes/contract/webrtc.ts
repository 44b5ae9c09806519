/**
 * WebRTC: an offer, its answer, and sound both ways.
 */
import assert from "node:assert/strict";
import { loadOpus } from "../../../src/audio/opus.ts";
import { sine } from "../../audio/signals.ts";
import { type Client, connect, delay } from "../../webrtc/client.ts";
import { start } from "./http.ts";
import type { Checks } from "./mod.ts";

/** Loud samples at 48 kHz, of 0.3 s of a tone. */
const ENOUGH = 10_000;

/** What browsers need. */
export const WEBRTC: Checks = {
  "a caller by WebRTC hears itself": async (url) => {
    const started = await start(url, {});
    const { sessionId } = await started.json();
    const client = await connect(async (sdp) => {
      const response = await fetch(`${url}/sessions/${sessionId}/api/offer`, {
        method: "POST",
        body: JSON.stringify({ sdp, type: "offer" }),
      });
      return (await response.json()).sdp;
    });

    const heard = await hearsItself(client);
    await client.close();

    assert.ok(heard, "too little of the tone came back");
  },

  "an offer that cannot be used is 400": async (url) => {
    const response = await fetch(`${url}/api/offer`, { method: "POST", body: "{}" });
    await response.body?.cancel();

    assert.equal(response.status, 400);
  },
};

/** Sends a tone until enough of it has come back, for 8 s at most. */
export async function hearsItself(client: Client): Promise<boolean> {
  const opus = await loadOpus();
  const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
  const packet = encoder.encode(sine(500, 48_000, 0.02));
  encoder.free();
  client.packets.length = 0; // what came before does not count
  const loud = () => client.heard().filter((sample) => Math.abs(sample) > 5000).length >= ENOUGH;
  // In real time: audio that is late is dropped. A busy machine takes longer for enough of it.
  const began = performance.now();
  for (let i = 0; i < 400 && (i % 25 > 0 || !loud()); i++) {
    client.send(packet);
    await delay(Math.max(0, began + (i + 1) * 20 - performance.now()));
  }
  return loud();
}
