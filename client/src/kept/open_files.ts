import type { CallRecord } from "../session/record.ts";
import type { CallShelf, KeptCall } from "./database.ts";
import { oggFile } from "./ogg.ts";
import { NoCallError, openCallFile, parseCallFile } from "./open.ts";
import { openCallPage } from "./page_file.ts";

/** Opens a call that this browser keeps. */
export async function openKept(
  shelf: CallShelf,
  { id, file, soundFrom }: KeptCall,
): Promise<CallRecord> {
  const chunks = await shelf.chunks(id);
  const sound = chunks.flatMap(({ sound }) => sound);
  const messages = chunks.flatMap(({ messages }) => messages);
  const audio = file.audio && { ...file.audio, fromMs: soundFrom };
  return await openCallFile(
    {
      ...file,
      ...(audio ? { audio } : {}),
      messages: messages.map(({ ms, direction, type, data }) => ({
        ms,
        from: direction === "in" ? "bot" : "user",
        type,
        data,
      })),
    },
    sound.length > 0 ? oggFile(sound) : undefined,
  );
}

/**
 * Opens a call that is one page, or its JSON and its WAV.
 *
 * @throws {NoCallError} For files that are neither.
 */
export async function openFiles(files: readonly File[]): Promise<CallRecord> {
  const ending = (...endings: string[]): File | undefined =>
    files.find(({ name }) => endings.some((ending) => name.endsWith(ending)));
  const page = ending(".html");
  if (page) return await openCallPage(await page.text());
  const json = ending(".json");
  if (!json) throw new NoCallError("Choose a call's .html, or its .json and its .wav with it.");
  return await openCallFile(parseCallFile(await json.text()), ending(".wav", ".ogg"));
}
