/**
 * A conversation that is played for the pictures of the page: what the user says, and what the bot
 * answers, to the second.
 *
 * @module
 */
import { encodeWav } from "../../src/audio/wav.ts";
import type { Bot } from "../../src/core/bot.ts";
import { loadSpeech } from "../../src/demo/speech.ts";
import { createTransport } from "../../src/transports/create.ts";

const RATE = 16_000;

/** When the user says what, in seconds after the microphone was opened. */
const USER = [
  { at: 2.2, text: "Hi! What will the weather be like in Graz today?" },
  { at: 9.6, text: "Wait. I meant tomorrow." },
];
/** The same for the bot; what is cut is interrupted after so many seconds. */
const BOT = [
  { at: 0.4, text: "Hello, this is Ada." },
  { at: 5.9, text: "In Graz it is sunny today, with up to twenty one degrees,", cut: 2.8 },
  { at: 12.6, text: "Tomorrow it will rain in the morning, and clear up later." },
];

/** What the user says, as the sound of a microphone. */
export async function microphone(): Promise<Uint8Array<ArrayBuffer>> {
  const speech = await loadSpeech();
  const samples = new Int16Array(24 * RATE);
  for (const { at, text } of USER) {
    samples.set(speech.synthesize(text).samples, at * RATE);
  }
  return encodeWav({ samples, sampleRate: RATE, channels: 1 });
}

/** Waits for so many seconds. */
export const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** The bot of the scene. */
export const scene: Bot = async (args) => {
  await using transport = await createTransport(args);
  if ("callData" in args === false) await transport.rtvi.clientReady;
  const speech = await loadSpeech();
  const { rtvi } = transport;
  const began = performance.now();
  const until = (at: number) => pause(Math.max(0, at - (performance.now() - began) / 1000));
  const writer = transport.writable.getWriter();
  const heard = transport.readable.pipeTo(new WritableStream()).catch(() => {});

  async function say(id: number, text: string, cut = Infinity): Promise<void> {
    const { samples, sampleRate } = speech.synthesize(text);
    rtvi.send("bot-started-speaking");
    void writer.write({ type: "audio", samples, sampleRate, channels: 1 }).catch(() => {});
    const words = text.split(" ");
    const seconds = samples.length / sampleRate;
    for (let i = 1; i <= words.length; i++) {
      const at = i * seconds / words.length;
      const line = { text, output_type: "sentence", segment_id: id, will_be_spoken: true };
      rtvi.send("bot-output", {
        ...line,
        spoken_status: i < words.length ? "in-progress" : "completed",
        spoken_progress: {
          accumulated_text: words.slice(0, i).join(" "),
          remaining_text: words.slice(i).map((word) => ` ${word}`).join(""),
        },
      });
      if (at > cut) {
        transport.interrupt();
        rtvi.send("bot-interrupted");
        break;
      }
      await pause(seconds / words.length);
    }
    rtvi.send("bot-stopped-speaking");
  }
  const guess = (text: string, final: boolean) =>
    rtvi.send("user-transcription", { text, final, timestamp: "", user_id: "" });

  async function play(): Promise<void> {
    const [hello, sunny, rain] = BOT;
    const [first, second] = USER;
    if (!hello || !sunny || !rain || !first || !second) return;
    await until(hello.at);
    await say(1, hello.text);
    await until(first.at + 0.8);
    rtvi.send("user-started-speaking");
    guess("Hi! What will the", false);
    await until(first.at + 3);
    guess(first.text, true);
    rtvi.send("user-stopped-speaking");
    const call = { tool_call_id: "call_1", function_name: "get_weather" };
    rtvi.send("llm-function-call-in-progress", { ...call, arguments: { city: "Graz", day: 0 } });
    await until(sunny.at - 0.2);
    rtvi.send("llm-function-call-stopped", {
      ...call,
      cancelled: false,
      result: { sky: "sunny", high: 21 },
    });
    await until(sunny.at);
    await say(2, sunny.text, sunny.cut);
    await until(second.at + 0.9);
    guess("Wait. I meant", false);
    await until(second.at + 1.8);
    guess(second.text, true);
    await until(rain.at);
    await say(3, rain.text);
  }
  await Promise.race([play().then(() => heard), heard]);
};
