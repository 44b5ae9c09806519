/**
 * The bot of the bench of processes: an echo that works for a while on each frame, as a detector of voices
 * or a resampler of a model does.
 */
import { createTransport, type RunnerArguments } from "../../mod.ts";

const WORK_MS = 0.4;

export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  const writer = transport.writable.getWriter();
  for await (const frame of transport.readable) {
    if (frame.type !== "audio") continue;
    const until = performance.now() + WORK_MS;
    while (performance.now() < until); // nothing else gets the core meanwhile
    await writer.write(frame);
  }
}
