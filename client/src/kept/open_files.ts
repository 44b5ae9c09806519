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
 * Opens the calls in files: each is one page, or its JSON and its WAV.
 *
 * @throws {NoCallError} For files of which none is one.
 */
export async function openFiles(files: readonly File[]): Promise<readonly CallRecord[]> {
  const ending = (...endings: string[]): readonly File[] =>
    files.filter(({ name }) => endings.some((ending) => name.endsWith(ending)));
  const sounds = ending(".wav", ".ogg");
  const jsons = ending(".json");
  const soundOf = ({ name }: File): File | undefined =>
    jsons.length === 1 ? sounds[0] : sounds.find((sound) => stem(sound.name) === stem(name));
  const calls = [
    ...ending(".html").map(async (page) => await openCallPage(await page.text())),
    ...jsons.map(async (json) =>
      await openCallFile(parseCallFile(await json.text()), soundOf(json))
    ),
  ];
  if (calls.length > 0) return await Promise.all(calls);
  throw new NoCallError("Choose a call's .html, or its .json and its .wav with it.");
}

function stem(name: string): string {
  return name.replace(/\.\w+$/, "");
}
