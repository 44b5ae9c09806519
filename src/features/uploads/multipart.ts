/**
 * Parses a multipart form (RFC 7578) piece by piece as it arrives. It is pure, and holds no more
 * than a part's headers.
 *
 * We tried the libraries that stream on every host: if a form was cut in the wrong place, they lost
 * its end.
 *
 * @module
 */
import { concat, utf8 } from "../../core/bytes.ts";
import { RunnerError } from "../../core/error.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** The elements of a form, in order. */
export type FormToken =
  /** A part begins, and the previous one is over. */
  | { readonly kind: "part"; readonly name: string; readonly filename: string | undefined }
  /** A piece of the part: a view of the pushed bytes. */
  | { readonly kind: "data"; readonly bytes: Chunk }
  /** The form is over; what follows does not belong to it. */
  | { readonly kind: "end" };

/** A form that is parsed piece by piece. */
export interface Multipart {
  /**
   * Takes the next piece, and returns what it completes.
   *
   * @throws {RunnerError} `bad_form`.
   */
  push(chunk: Chunk): FormToken[];
}

const CR = 13;
const CRLF = utf8("\r\n");
const HEADERS_END = utf8("\r\n\r\n");
/** The headers of a part, in bytes. */
const MOST_HEADER_BYTES = 16 << 10;
/** RFC 2046, section 5.1.1. */
const BOUNDARY =
  /^multipart\/form-data *;(?:[^"]*; *)? *boundary="?([\w'()+,\-./:=?]{1,70})"?(?:;|$)/i;
const PARAMETER = /;\s*([\w*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g;

/**
 * Makes the parser of one form.
 *
 * @throws {RunnerError} `bad_form` if the type is not a form's.
 */
export function parseMultipart(contentType: string): Multipart {
  const [, boundary] = BOUNDARY.exec(contentType) ?? [];
  if (boundary === undefined) throw badForm();
  const delimiter = utf8(`\r\n--${boundary}`);
  let state: "preamble" | "delimiter" | "headers" | "body" | "over" = "preamble";
  /**
   * What cannot be understood until more arrives. The first delimiter may be at the very beginning.
   */
  let held: Chunk = CRLF;

  /** Goes one step further; undefined if more must arrive. */
  function step(): { readonly token?: FormToken } | undefined {
    switch (state) {
      case "preamble":
      case "body": {
        const inBody = state === "body";
        const at = indexOf(held, delimiter);
        const sure = at < 0 ? held.length - overlap(held, delimiter) : at;
        const bytes = held.subarray(0, sure);
        held = held.subarray(at < 0 ? sure : at + delimiter.length);
        if (at >= 0) state = "delimiter";
        if (inBody && sure > 0) return { token: { kind: "data", bytes } };
        return at < 0 ? undefined : {};
      }
      case "delimiter": {
        while (held[0] === 32 || held[0] === 9) held = held.subarray(1); // padding
        if (held.length < 2) return undefined;
        const [first, second] = held;
        if (first === 45 && second === 45) {
          state = "over";
          return { token: { kind: "end" } };
        }
        if (first !== CR || second !== 10) throw badForm();
        state = "headers"; // they begin with this line break, since a part may be empty
        return {};
      }
      case "headers": {
        const at = indexOf(held, HEADERS_END);
        if (at < 0 && held.length > MOST_HEADER_BYTES) throw badForm();
        if (at < 0) return undefined;
        const token = readPart(new TextDecoder().decode(held.subarray(0, at)));
        held = held.subarray(at + HEADERS_END.length);
        state = "body";
        return { token };
      }
      case "over":
        held = held.subarray(held.length);
        return undefined;
      default:
        return state satisfies never;
    }
  }

  return {
    push(chunk) {
      held = held.length > 0 ? concat(held, chunk) : chunk;
      const tokens: FormToken[] = [];
      for (let next = step(); next; next = step()) if (next.token) tokens.push(next.token);
      return tokens;
    },
  };
}

/** The error for anything that is not a form, or has no file. */
export function badForm(cause?: unknown): RunnerError {
  const detail = "Send the file in the field `file` of a form: multipart/form-data.";
  return new RunnerError("bad_form", detail, { cause });
}

function readPart(headers: string): FormToken {
  const [, disposition] = /\r\ncontent-disposition: *form-data *(;[^\r\n]*)/i.exec(headers) ?? [];
  if (disposition === undefined) throw badForm();
  const fields = new Map<string, string>();
  for (const [, name = "", quoted, bare = ""] of disposition.matchAll(PARAMETER)) {
    fields.set(name.toLowerCase(), quoted === undefined ? bare : unquoted(quoted));
  }
  const name = fields.get("name");
  if (name === undefined) throw badForm();
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(fields.get("filename*") ?? "")?.[1];
  const filename = encoded === undefined ? fields.get("filename") : decoded(encoded);
  return { kind: "part", name, filename };
}

/** Browsers write three characters as in URLs; curl writes two with a backslash. */
function unquoted(text: string): string {
  return text.replace(/\\(["\\])/g, "$1").replace(/%(22|0D|0A)/gi, decodeURIComponent);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw badForm(cause); // a lone percent sign
  }
}

/** The position where some bytes begin with a line break in others; -1 if they do not. */
function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(CR); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (at + wanted.length > bytes.length) return -1;
    if (beginsWith(bytes, at, wanted, wanted.length)) return at;
  }
  return -1;
}

/** How many bytes at the end could be the beginning of others that begin with a line break. */
function overlap(bytes: Uint8Array, wanted: Uint8Array): number {
  const from = Math.max(0, bytes.length - wanted.length + 1);
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (beginsWith(bytes, at, wanted, bytes.length - at)) return bytes.length - at;
  }
  return 0;
}

function beginsWith(bytes: Uint8Array, at: number, wanted: Uint8Array, length: number): boolean {
  for (let offset = 0; offset < length; offset++) {
    if (bytes[at + offset] !== wanted[offset]) return false;
  }
  return true;
}
