/**
 * What a bot really sends to a client, by all the ways that it has to say something.
 *
 * @module
 */
import { createRunner, createTransport, type RunnerArguments } from "../../mod.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";

async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args, { capabilities: { metrics: true } });
  const { rtvi } = transport;
  await rtvi.clientReady;
  rtvi.userSaid("hel", { final: false });
  rtvi.userSaid("hello", { userId: "anna" });
  await rtvi.tool("weather", { city: "Graz" }, () => ({ degrees: 21 }));
  await rtvi.tool("weather", { city: "" }, () => Promise.reject(new Error("no city"))).catch(
    () => {},
  );
  rtvi.metrics({ ttfb: [{ processor: "llm", value: 0.2 }] });
  const speech = new Int16Array(24_000 / 2).fill(1000);
  const sound = { type: "audio", samples: speech, sampleRate: 24_000, channels: 1 } as const;
  await transport.say(sound, { text: "Good morning." }).done;
  transport.say(sound, { text: "Good night." });
  await new Promise((resolve) => setTimeout(resolve, 200));
  transport.interrupt();
  for await (const message of rtvi.messages) {
    if (message.type === "client-message") rtvi.respond(message, { pong: true });
    if (message.type === "send-text") rtvi.refuse(message, "Not now.");
    if (message.type === "ui-event") throw new Error("broken on purpose");
  }
}

/** The messages of a session in which all of it happens. */
export async function realMessages(): Promise<unknown[]> {
  const platform = memoryPlatform();
  const runner = createRunner(bot);
  const client = await platform.connect(runner, "ws://localhost:7860/ws");
  const send = (type: string, data: unknown) =>
    client.send(JSON.stringify({ label: "rtvi-ai", id: crypto.randomUUID(), type, data }));
  send("client-message", { t: "eval-connect", d: {} });
  send("client-ready", { version: "2.2.0", about: { library: "test" } });
  send("send-text", { content: "hi" });
  send("client-message", { t: "ping" });
  send("nonsense", {});
  send("ui-event", { event: "click" });
  const messages: unknown[] = [];
  for await (const message of client.readable) messages.push(JSON.parse(String(message)));
  await platform.settled();
  await runner.close();
  return messages;
}
