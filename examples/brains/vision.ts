/**
 * A bot that sees: ask it something, and it looks through your camera, or at your screen if you say so.
 *
 *   OPENAI_API_KEY=… deno run -A jsr:@pipecat/runner vision.ts
 *
 * @module
 */
import { createTransport, type RunnerArguments } from "jsr:@pipecat/runner";

/** Answers what is typed on the page. */
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args, {
    videoIn: { camera: "onRequest", screen: "onRequest" },
  });
  let answers = 0;
  for await (const message of transport.rtvi.messages) {
    if (message.type !== "send-text") continue;
    const question = message.data.content;
    const source = /screen/i.test(question) ? "screen" : "camera";
    const answer = await transport.snapshot({ source })
      .then(({ data }) => describe(question, data))
      .catch((error) => error.message); // for example, the camera is off
    transport.rtvi.send("bot-output", {
      text: answer,
      segment_id: ++answers,
      output_type: "sentence",
      will_be_spoken: false,
      spoken_status: "completed",
    });
  }
}

/** Asks a vision model: OpenAI's, or any at OPENAI_BASE_URL that speaks its protocol. */
async function describe(question: string, picture: Uint8Array): Promise<string> {
  const url = `data:image/webp;base64,${picture.toBase64()}`;
  const content = [{ type: "text", text: question }, { type: "image_url", image_url: { url } }];
  const { env } = Deno;
  const response = await fetch(
    `${env.get("OPENAI_BASE_URL") ?? "https://api.openai.com/v1"}/chat/completions`,
    {
      method: "POST",
      headers: {
        authorization: `Bearer ${env.get("OPENAI_API_KEY")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content }] }),
    },
  );
  if (!response.ok) throw new Error(`The model does not answer: ${response.status}`);
  return (await response.json()).choices[0].message.content;
}
