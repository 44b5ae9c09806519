/**
 * A media node of `media_nodes.ts`. With all its callers on the same two cores the event loop is
 * late, so it does not refuse anybody for that.
 *
 * @module
 */
import { createTransport } from "../../src/transports/create.ts";
import type { RunnerArguments } from "../../src/core/bot.ts";
import type { Frame } from "../../src/core/frame.ts";
import { serve } from "../../src/runtimes/deno.ts";

/** Says back every fifth frame that it hears: to encode costs most of what a call does. */
async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  let heard = 0;
  const someOfIt = new TransformStream<Frame, Frame>({
    transform(frame, controller) {
      if (frame.type !== "audio" || heard++ % 5 > 0) return;
      const { type, samples, sampleRate, channels } = frame;
      controller.enqueue({ type, samples, sampleRate, channels }); // as its own: nothing in between
    },
  });
  await transport.readable.pipeThrough(someOfIt).pipeTo(transport.writable);
}

const limits = { maxLoopLagMs: false } as const;
const server = await serve(bot, { hostname: "127.0.0.1", port: 0, limits });
console.log(server.url);
