/** Plays a tone for the whole call, and tells at `/survival` how much of the caller's it has heard. */
import { app, createTransport, type RunnerArguments } from "jsr:@pipecat/runner";
import { createWindows } from "./survival_windows.ts";

const RATE = 48_000;
const HZ = 440;
const LEVEL = 0.2;
const PIECE = RATE / 50;
/** What a transport reads with, unless it is told. */
const READ_RATE = 16_000;
const windows = createWindows(READ_RATE, HZ, LEVEL);

app.get("/survival", (c) => c.json(windows.take()));
export { app };

export async function bot(args: RunnerArguments): Promise<void> {
  if (args.transport !== "webrtc") return;
  await using transport = await createTransport(args);
  const writer = transport.writable.getWriter();
  let over = false;
  const playing = (async () => {
    for (let at = 0; !over; at += PIECE) {
      const samples = Int16Array.from(
        { length: PIECE },
        (_, i) => 32_768 * LEVEL * Math.SQRT2 * Math.sin(2 * Math.PI * HZ * (at + i) / RATE),
      );
      await writer.write({ type: "audio", samples, sampleRate: RATE, channels: 1 });
    }
  })().catch(() => {}); // the call is over
  for await (const frame of transport.readable) {
    if (frame.type !== "audio") continue;
    windows.push(Float32Array.from(frame.samples, (sample) => sample / 32_768));
  }
  over = true;
  await playing;
}
