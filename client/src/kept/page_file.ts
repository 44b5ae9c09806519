import type { CallFile } from "../../../src/recording/call_file.ts";
import type { CallRecord } from "../session/record.ts";
import { NoCallError, openCallFile, parseCallFile } from "./open.ts";

/** The elements of the page that hold the call. */
const CALL = "call";
const SOUND = "sound";

/** What a call page is made of. */
export interface CallPage {
  readonly file: CallFile;
  readonly sound: Blob | undefined;
  /** What shows it: a script and a style sheet. */
  readonly script: string;
  readonly style: string;
}

/** One page with a call in it, which needs nothing else: no network, and no runner. */
export async function callPage({ file, sound, script, style }: CallPage): Promise<Blob> {
  // What is in a script element must not end it.
  const safe = (text: string): string => text.replaceAll("</", "<\\/").replaceAll("<!--", "<\\!--");
  const data = JSON.stringify(file).replaceAll("<", "\\u003c");
  const started = new Date(file.session.startedAt).toISOString().slice(0, 16).replace("T", " ");
  return new Blob([
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>Call of ${started}</title>
<style>${style.replaceAll("</", "<\\/")}</style>
<div id="root"></div>
<script type="application/json" id="${CALL}">${data}</script>
<script type="text/plain" id="${SOUND}" data-type="${sound?.type ?? ""}">`,
    sound ? await base64(sound) : "",
    `</script>
<script type="module">${safe(script)}</script>
</html>
`,
  ], { type: "text/html" });
}

/** It may run what is in it, and load nothing. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; media-src blob:; base-uri 'none'; form-action 'none'";

/**
 * Opens a page that {@link callPage} made.
 *
 * @throws {NoCallError} For another page.
 */
export async function openCallPage(html: string): Promise<CallRecord> {
  return await openCallDocument(new DOMParser().parseFromString(html, "text/html"));
}

/**
 * Opens the call in a document; its scripts are not run.
 *
 * @throws {NoCallError} When there is none in it.
 */
export async function openCallDocument(page: Document): Promise<CallRecord> {
  const call = page.getElementById(CALL)?.textContent;
  if (!call) throw new NoCallError("This page has no call in it.");
  const element = page.getElementById(SOUND);
  const text = element?.textContent ?? "";
  const sound = text === ""
    ? undefined
    : new Blob([bytesOf(text)], { type: element?.dataset.type ?? "" });
  return await openCallFile(parseCallFile(call), sound);
}

async function base64(blob: Blob): Promise<string> {
  const reader = new FileReader();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  reader.onload = () => resolve();
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
  await promise;
  const address = String(reader.result);
  return address.slice(address.indexOf(",") + 1);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
