/**
 * WebRTC: an offer, its answer, and sound both ways.
 */
import assert from "node:assert/strict";
import { loadOpus } from "../../../src/audio/opus.ts";
import { sine } from "../../audio/signals.ts";
import { connect, delay } from "../../webrtc/client.ts";
import { start } from "./http.ts";
import type { Checks } from "./mod.ts";

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

    const opus = await loadOpus();
    const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
    const tone = sine(500, 48_000, 0.02);
    for (let i = 0; i < 40; i++) {
      client.send(encoder.encode(tone));
      await delay(20);
    }
    encoder.free();
    const loud = client.heard().filter((sample) => Math.abs(sample) > 5000).length;
    await client.close();

    assert.ok(loud > 0.3 * 48_000, `${loud} loud samples of 38 400 came back`);
  },

  "an offer that cannot be used is 400": async (url) => {
    const response = await fetch(`${url}/api/offer`, { method: "POST", body: "{}" });
    await response.body?.cancel();

    assert.equal(response.status, 400);
  },
};
