/**
 * The custom parameters of a Plivo stream, which travel as its `extraHeaders`.
 *
 * Plivo allows only letters and digits, and documents two ways of separating the pairs. So anything
 * else travels as one hexadecimal value, which survives both.
 *
 * @module
 */
import { fromHex, toHex, utf8 } from "../../../core/bytes.ts";
import { parseJson } from "../../../core/json.ts";
import { customParameters, type Fields, text } from "./fields.ts";

/** The most bytes of all headers together. */
const MAX_BYTES = 512;

/** The header that holds the rest: a JSON list of names and values, in hexadecimal. */
const REST = "pipecat";

const PLAIN = /^[A-Za-z0-9]+$/;

/**
 * Makes the attribute of parameters. Those that no longer fit into 512 bytes are left out, the last
 * ones first.
 */
export function extraHeaders(parameters: Readonly<Record<string, string>>): string {
  const entries = Object.entries(parameters);
  for (let count = entries.length; count > 0; count--) {
    const headers = written(entries.slice(0, count));
    if (headers.length <= MAX_BYTES) return headers;
  }
  return "";
}

/** Reads what {@link extraHeaders} made, and headers from somebody else. */
export function readExtraHeaders(value: unknown): Fields {
  const { [REST]: rest, ...plain } = customParameters(value);
  const packed = text(rest);
  if (!packed) return plain;
  const pairs = parseJson(new TextDecoder().decode(fromHex(packed)));
  return { ...plain, ...isPairs(pairs) ? Object.fromEntries(pairs) : { [REST]: packed } };
}

type Pair = readonly [string, string];

function isPairs(value: unknown): value is Pair[] {
  return Array.isArray(value) &&
    value.every((pair) =>
      Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === "string")
    );
}

function written(entries: readonly Pair[]): string {
  const plain = (entry: Pair) => entry[0] !== REST && entry.every((part) => PLAIN.test(part));
  const rest = entries.filter((entry) => !plain(entry));
  const pairs = entries.filter(plain).map((entry) => entry.join("="));
  if (rest.length > 0) {
    // Not an object: V8 15 reads the name `"` as `\`, once an object had that in the same place.
    pairs.push(`${REST}=${toHex(utf8(JSON.stringify(rest)))}`);
  }
  return pairs.join(",");
}
