/**
 * Files that clients upload.
 */
import assert from "node:assert/strict";
import { MOST_BYTES } from "../fixtures/store.ts";
import type { Checks } from "./mod.ts";

function form(bytes: number): RequestInit {
  const body = new FormData();
  body.append("file", new Blob(["%PDF-1.7\n", new Uint8Array(bytes - 9)]), "../letter.png");
  return { method: "POST", body };
}

/** Where a session's files go. */
async function start(url: string): Promise<{ readonly flat: string; readonly own: string }> {
  const body = JSON.stringify({ transport: "websocket" });
  const response = await fetch(`${url}/start`, { method: "POST", body });
  const id = response.headers.get("x-session-id");
  const { fileUploadUrl } = await response.json();
  return { flat: new URL(fileUploadUrl, url).href, own: `${url}/sessions/${id}/files` };
}

/** What every host does with uploads. */
export const UPLOADS: Checks = {
  "a file is taken as it streams in, for a session and for none": async (url) => {
    const { flat, own } = await start(url);

    for (const path of [flat, own]) {
      const response = await fetch(path, form(MOST_BYTES));
      const { source, ...answer } = await response.json();
      assert.deepEqual([path, response.status], [path, 200]);
      assert.deepEqual(answer, { name: "letter.png", format: "application/pdf" });
      assert.match(source.url, /^memory:/);
    }
  },
  "a file that is too large is a 413, though the client sends all of it": async (url) => {
    const { flat, own } = await start(url);

    for (const path of [flat, own]) {
      const response = await fetch(path, form(MOST_BYTES + 1));
      assert.deepEqual([path, response.status], [path, 413]);
      await response.body?.cancel();
    }
  },
};
