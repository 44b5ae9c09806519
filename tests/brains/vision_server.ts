/**
 * A stand-in for OpenAI's chat completions with a picture: it takes and refuses what that does, and
 * says how large what it sees is.
 *
 * @see https://platform.openai.com/docs/guides/images-vision
 * @module
 */
import { z } from "zod";
import { decodeBase64 } from "../../src/core/base64.ts";
import { readWebp } from "../../src/video/webp.ts";
import { serveStandIn, type StandIn } from "./stand_in.ts";

const part = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string().min(1) }),
  z.strictObject({
    type: z.literal("image_url"),
    image_url: z.strictObject({
      url: z.string().regex(/^data:image\/(webp|png|jpeg|gif);base64,/, "Invalid image data."),
      detail: z.enum(["auto", "low", "high"]).optional(),
    }),
  }),
]);
const request = z.strictObject({
  model: z.string().regex(/^gpt-/, "The requested model does not exist."),
  messages: z.array(z.strictObject({
    role: z.enum(["user", "assistant", "system", "developer"]),
    content: z.union([z.string(), z.array(part).min(1)]),
  })).min(1),
});

/** Serves the API to those who have the key. */
export function visionServer(apiKey: string): StandIn {
  const refusals: string[] = [];
  const refuse = (status: number, message: string): Response => {
    refusals.push(message);
    const error = { message, type: "invalid_request_error", param: null, code: null };
    return Response.json({ error }, { status });
  };
  return serveStandIn({
    refusals,
    async answer(incoming) {
      const { pathname } = new URL(incoming.url);
      if (pathname !== "/v1/chat/completions" || incoming.method !== "POST") {
        return refuse(404, `Invalid URL (${incoming.method} ${pathname})`);
      }
      if (incoming.headers.get("authorization") !== `Bearer ${apiKey}`) {
        return refuse(401, "Incorrect API key provided.");
      }
      const { success, data, error } = request.safeParse(await incoming.json());
      if (!success) return refuse(400, z.prettifyError(error));
      const parts = data.messages.flatMap(({ content }) =>
        typeof content === "string" ? [{ type: "text" as const, text: content }] : content
      );
      const sizes: string[] = [];
      for (const each of parts) {
        if (each.type === "text") continue;
        const picture = decodeBase64(each.image_url.url.replace(/^[^,]*,/, ""));
        try {
          const { width, height } = readWebp(picture ?? new Uint8Array());
          sizes.push(`${width} × ${height}`);
        } catch {
          return refuse(400, "You uploaded an unsupported image.");
        }
      }
      const content = sizes.length > 0
        ? `I see something of ${sizes.join(" and ")} pixels.`
        : "I see nothing.";
      const { model } = data;
      return Response.json({
        id: `chatcmpl-${crypto.randomUUID()}`,
        object: "chat.completion",
        created: Math.floor(Date.now() / 1000),
        model,
        choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
      });
    },
  });
}
