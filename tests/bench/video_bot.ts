/**
 * The bot of the bench of video: an echo that looks at the camera, or does not.
 */
import { createTransport, type RunnerArguments } from "../../mod.ts";

/** How many pictures it has seen, told on `POST /start`'s way in by nobody: read from the log. */
export async function bot(args: RunnerArguments): Promise<void> {
  const looks = Deno.env.get("LOOKS") === "true";
  await using transport = await createTransport(
    args,
    looks ? { videoIn: { camera: { framesPerSecond: 1 } } } : {},
  );
  const writer = transport.writable.getWriter();
  for await (const frame of transport.readable) {
    if (frame.type === "image") {
      transport.rtvi.send("server-message", { bytes: frame.data.length });
    }
    if (frame.type === "audio") await writer.write(frame);
  }
}
