/**
 * Detects a file's type from its first bytes: neither its name nor its sender is trusted.
 *
 * @module
 */

/** How many bytes are enough. */
export const SAMPLE_BYTES = 4096;
/** The type of an unknown file. */
const UNKNOWN = "application/octet-stream";

/** The first bytes of a type, as Latin-1; a `?` stands for any byte. */
const SIGNATURES: readonly (readonly [signature: string, type: string])[] = [
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["GIF87a", "image/gif"],
  ["GIF89a", "image/gif"],
  ["RIFF????WEBP", "image/webp"],
  ["????ftypavif", "image/avif"],
  ["????ftypheic", "image/heic"],
  ["????ftypmif1", "image/heif"],
  ["????ftypM4A ", "audio/mp4"],
  ["????ftypqt  ", "video/quicktime"],
  ["????ftyp", "video/mp4"],
  ["BM????\0\0\0\0", "image/bmp"],
  ["II*\0", "image/tiff"],
  ["MM\0*", "image/tiff"],
  ["%PDF-", "application/pdf"],
  ["RIFF????WAVE", "audio/wav"],
  ["OggS", "audio/ogg"],
  ["fLaC", "audio/flac"],
  ["ID3", "audio/mpeg"],
  ["\xff\xfb", "audio/mpeg"],
  ["\xff\xf3", "audio/mpeg"],
  ["\xff\xf2", "audio/mpeg"],
  ["\x1a\x45\xdf\xa3", "video/webm"],
  ["\x1f\x8b", "application/gzip"],
  ["PK\x03\x04", "application/zip"],
];

const OFFICE = "application/vnd.openxmlformats-officedocument";
/** Types that share their first bytes, and differ only in the name's extension. */
const BY_ENDING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "application/zip": {
    docx: `${OFFICE}.wordprocessingml.document`,
    xlsx: `${OFFICE}.spreadsheetml.sheet`,
    pptx: `${OFFICE}.presentationml.presentation`,
    odt: "application/vnd.oasis.opendocument.text",
    epub: "application/epub+zip",
  },
  "text/plain": {
    md: "text/markdown",
    csv: "text/csv",
    json: "application/json",
    html: "text/html",
    xml: "application/xml",
    svg: "image/svg+xml",
    yaml: "application/yaml",
  },
};

/**
 * The media type of a file.
 *
 * @param bytes Its first {@link SAMPLE_BYTES} bytes, or all.
 * @param name Its name, whose extension counts only among types with the same first bytes.
 */
export function mediaType(bytes: Uint8Array, name: string): string {
  const [, found = isText(bytes) ? "text/plain" : UNKNOWN] =
    SIGNATURES.find(([signature]) => begins(bytes, signature)) ?? [];
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  const alike = BY_ENDING[found] ?? {};
  return Object.hasOwn(alike, ending) ? alike[ending]! : found;
}

function begins(bytes: Uint8Array, signature: string): boolean {
  if (bytes.length < signature.length) return false;
  for (let at = 0; at < signature.length; at++) {
    if (signature[at] !== "?" && signature.charCodeAt(at) !== bytes[at]) return false;
  }
  return true;
}

/** Whether bytes are UTF-8 without control characters; the last character may be cut. */
function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    // deno-lint-ignore no-control-regex
    return text !== "" && !/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text);
  } catch {
    return false; // only invalid UTF-8 throws
  }
}
