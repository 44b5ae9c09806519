/**
 * Reads the fields of a carrier's message, trusting none of them.
 *
 * @module
 */
import { parseJson } from "../../../core/json.ts";

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value, if it is a JSON object. */
export function fields(value: unknown): Fields | undefined {
  // True: an object that is neither null nor an array can be read by any key.
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Fields
    : undefined;
}

/** A field by its name; carriers' dialects differ in which letters are capitals. */
export function field(object: Fields, name: string): unknown {
  if (name in object) return object[name];
  const lower = name.toLowerCase();
  const found = Object.keys(object).find((key) => key.toLowerCase() === lower);
  return found === undefined ? undefined : object[found];
}

/** The value, if it is a non-empty string. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value as a string, if it is plain: some objects cannot be turned into strings. */
export function plain(value: unknown): string | undefined {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
}

/** What carriers send instead of a withheld number. */
const WITHHELD = /^(anonymous|restricted|private|unavailable|unknown|withheld|blocked)$/i;

/** The caller's and the called number, as far as they are known. */
export function numbers(
  from: unknown,
  to: unknown,
): { readonly from?: string; readonly to?: string } {
  const [caller, called] = [phoneNumber(from), phoneNumber(to)];
  return {
    ...(caller && !WITHHELD.test(caller) ? { from: caller } : {}),
    ...(called ? { to: called } : {}),
  };
}

/** A number as text; a bare plus sign in a query has become a space. */
function phoneNumber(value: unknown): string | undefined {
  return text(value)?.replace(/^ (?=\d)/, "+");
}

/**
 * Custom parameters, in any of the carriers' formats: an object, the same as JSON, or pairs such as
 * `a=1;b=2`, separated by `;`, `&` or `,`, whose values may be percent-encoded.
 */
export function customParameters(value: unknown): Fields {
  if (typeof value !== "string") return fields(value) ?? {};
  if (value.trimStart().startsWith("{")) return fields(parseJson(value)) ?? {};
  const separator = [";", "&", ","].find((mark) => value.includes(mark)) ?? ";";
  const pairs = value.split(separator).flatMap((pair) => {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    return at < 0 || !name ? [] : [[name, unescaped(pair.slice(at + 1).trim())]];
  });
  return Object.fromEntries(pairs);
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // a lone percent sign: it was not encoded
  }
}
