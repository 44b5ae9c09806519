/** Plays the signal for the whole call, and tells at `/survival` how much of the caller's it has heard. */
import { app, createTransport, type RunnerArguments } from "jsr:@pipecat/runner";
import { createWindows, round, SIGNAL } from "./survival_windows.ts";

const RATE = 48_000;
const PIECE = RATE / 50;
/** What a transport reads with, unless it is told. */
const READ_RATE = 16_000;
const windows = createWindows(SIGNAL, READ_RATE);
const samples = Int16Array.from(round(SIGNAL, RATE), (sample) => sample * 32_768);

app.get("/survival", (c) => c.json(windows.take()));
export { app };

export async function bot(args: RunnerArguments): Promise<void> {
  if (args.transport !== "webrtc") return;
  await using transport = await createTransport(args);
  const writer = transport.writable.getWriter();
  let over = false;
  const playing = (async () => {
    for (let at = 0; !over; at = (at + PIECE) % samples.length) {
      const piece = samples.slice(at, at + PIECE);
      await writer.write({ type: "audio", samples: piece, sampleRate: RATE, channels: 1 });
    }
  })().catch(() => {}); // the call is over
  for await (const frame of transport.readable) {
    if (frame.type !== "audio") continue;
    windows.push(Float32Array.from(frame.samples, (sample) => sample / 32_768));
  }
  over = true;
  await playing;
}
