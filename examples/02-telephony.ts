/**
 * Answers the phone. It has no voice, so it beeps: the higher the digit, the higher the beep.
 *
 *   TWILIO_AUTH_TOKEN=… deno run -A jsr:@pipecat/runner 02-telephony.ts --proxy mybot.ngrok.io
 * @module
 */
import { type AudioFrame, createTransport, type RunnerArguments } from "jsr:@pipecat/runner";

/** Greets callers with their number. 1 repeats it, 2 plays the number they called, 0 hangs up. */
export async function bot(args: RunnerArguments): Promise<void> {
  if (!("callData" in args)) throw new Error("This bot takes phone calls only.");
  const { from = "000", to = "000" } = args.callData; // a number may be withheld
  await using transport = await createTransport(args);
  const writer = transport.writable.getWriter();
  const say = (digits: string) => [...digits].forEach((digit) => void writer.write(beep(digit)));
  say(from);
  for await (const frame of transport.readable) {
    if (frame.type !== "dtmf") continue;
    if (frame.digit === "0") return;
    transport.interrupt(); // a key cuts short what is being said
    say(frame.digit === "1" ? from : frame.digit === "2" ? to : "9");
  }
}

function beep(digit: string): AudioFrame {
  const samples = new Int16Array(1600); // 150 ms of sound, 50 ms of silence, at 8 kHz
  for (let i = 0; i < 1200; i++) samples[i] = 8000 * Math.sin(i * (5 + Number(digit)) / 16);
  return { type: "audio", samples, sampleRate: 8000, channels: 1 };
}
