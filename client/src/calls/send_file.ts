import { RTVIMessage, type Transport } from "@pipecat-ai/client-js";

/** Where files go, and what tells the bot of them. */
export interface FileLine {
  readonly transport: Transport;
  /** Where the runner takes files. */
  readonly address: URL;
  readonly headers: Headers;
}

/** A picture in the conversation is this high at most, in pixels of the page. */
const PICTURE_HEIGHT = 160;

/**
 * Uploads a file, and sends the bot what the runner has answered, with the user's words about it.
 *
 * @throws {Error} whose message is for the user.
 */
export async function sendFile(line: FileLine, file: File, text: string): Promise<void> {
  const form = new FormData();
  form.append("file", file);
  const response = await fetch(line.address, { method: "POST", body: form, headers: line.headers })
    .catch(() => {
      throw new Error("The runner cannot be reached.");
    });
  const answer: unknown = await response.json().catch(() => ({}));
  if (!response.ok) {
    const { detail } = answer as { detail?: unknown };
    throw new Error(
      typeof detail === "string" ? detail : `The runner answered ${response.status}.`,
    );
  }
  line.transport.sendMessage(new RTVIMessage("send-file", { content: text, file: answer }));
}

/** A small picture of a file, as a `data:` URL; undefined when it is none that the browser knows. */
export async function pictureOf(file: File): Promise<string | undefined> {
  if (!file.type.startsWith("image/")) return undefined;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, PICTURE_HEIGHT * devicePixelRatio / bitmap.height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return canvas.toDataURL("image/webp", 0.8);
  } catch {
    return undefined; // it only says that it is a picture
  }
}
