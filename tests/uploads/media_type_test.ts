import assert from "node:assert/strict";
import fc from "fast-check";
import { mediaType } from "../../src/features/uploads/media_type.ts";

const latin1 = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

for (
  const [bytes, name, type] of [
    ["\x89PNG\r\n\x1a\n", "cat.pdf", "image/png"],
    ["\xff\xd8\xff\xe0", "cat", "image/jpeg"],
    ["RIFF\x10\0\0\0WEBPVP8 ", "cat.txt", "image/webp"],
    ["RIFF\x10\0\0\0WAVEfmt ", "a.webp", "audio/wav"],
    ["\0\0\0\x20ftypisom", "a.mp4", "video/mp4"],
    ["\0\0\0\x20ftypM4A ", "a.mp4", "audio/mp4"],
    ["%PDF-1.7", "a.docx", "application/pdf"],
    ["PK\x03\x04", "letter.docx", /wordprocessingml/],
    ["PK\x03\x04", "letter.png", "application/zip"],
    ["a,b\n1,2\n", "table.csv", "text/csv"],
    ["# Hello", "a.png", "text/plain"],
    ["# Hello", "README.MD", "text/markdown"],
    ["# Hello", "a.constructor", "text/plain"],
    ["MZ\x90\0\x03", "setup.pdf", "application/octet-stream"],
    ["\xc3\x28", "a.txt", "application/octet-stream"],
    ["", "a.txt", "application/octet-stream"],
  ] as const
) {
  Deno.test(`${JSON.stringify(bytes)} called ${name} is ${type}`, () => {
    const found = mediaType(latin1(bytes), name);
    if (typeof type === "string") assert.equal(found, type);
    else assert.match(found, type);
  });
}

Deno.test("text is text though its last character is cut, and any bytes have some type", () => {
  assert.equal(mediaType(new TextEncoder().encode("Grüße").slice(0, 3), "a"), "text/plain");
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.string(),
      (bytes, name) => /^\w+\/.+/.test(mediaType(bytes, name)),
    ),
  );
});
