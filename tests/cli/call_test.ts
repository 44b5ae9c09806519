/**
 * A whole call with the first example, from `POST /start` to Ctrl-C.
 */
import assert from "node:assert/strict";
import { loadOpus } from "../../src/audio/opus.ts";
import { connect, delay } from "../webrtc/client.ts";
import { ROOT, start } from "./child.ts";

Deno.test("the echo example says back what it hears, and lets go at the end", async () => {
  await using cli = await start(["examples/01-echo.ts", "--port", "0"], { cwd: ROOT });
  const post = async (path: string, body: unknown) => {
    const init = { method: "POST", body: JSON.stringify(body) };
    return await (await fetch(cli.url + path, init)).json();
  };
  const { sessionId } = await post("/start", { transport: "webrtc" });
  await using client = await connect(async (sdp) =>
    (await post(`/sessions/${sessionId}/api/offer`, { sdp, type: "offer" })).sdp
  );
  const opus = await loadOpus();
  const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });

  client.channel?.send(JSON.stringify({
    id: "1",
    label: "rtvi-ai",
    type: "client-ready",
    data: { version: "2.1.0", about: { library: "test" } },
  }));
  for (let frame = 0; frame < 500 && client.packets.length < 50; frame++) {
    const tone = Int16Array.from(
      { length: 960 },
      (_, index) => 8000 * Math.sin(2 * Math.PI * 440 * (frame * 960 + index) / 48_000),
    );
    client.send(encoder.encode(tone));
    await delay(20);
  }
  encoder.free();
  const heard = client.heard();
  const began = performance.now();
  cli.kill("SIGINT");
  const { code, stderr } = await cli.ended;
  const stoppedAfter = performance.now() - began;

  assert.ok(client.messages.some((message) => message.includes("bot-ready")));
  const loudness = Math.sqrt(heard.reduce((sum, sample) => sum + sample ** 2, 0) / heard.length);
  assert.ok(heard.length >= 50 * 960, `heard ${heard.length} samples`);
  assert.ok(loudness > 3000, `at a loudness of ${loudness}`);
  assert.equal(code, 0);
  assert.ok(stoppedAfter < 5000, `stopped after ${stoppedAfter} ms`);
  assert.match(stderr, new RegExp(`Session ${sessionId} began on webrtc\n.*ended after`));
});
