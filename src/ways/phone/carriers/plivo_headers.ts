/**
 * The custom parameters of a Plivo stream, which travel as its `extraHeaders`.
 *
 * Plivo allows letters and digits alone, and documents two ways of telling the pairs apart. So what
 * is more than letters and digits travels as one value in hexadecimal, which survives both.
 *
 * @module
 */
import { fromHex, toHex, utf8 } from "../../../core/bytes.ts";
import { parseJson } from "../../../core/json.ts";
import { customParameters, type Fields, fields, text } from "./fields.ts";

/** The most bytes of all headers together. */
const MAX_BYTES = 512;

/** The header that holds the rest, as JSON in hexadecimal. */
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

/** Reads what {@link extraHeaders} made, and headers that somebody else wrote. */
export function readExtraHeaders(value: unknown): Fields {
  const { [REST]: rest, ...plain } = customParameters(value);
  const packed = text(rest);
  if (!packed) return plain;
  return {
    ...plain,
    ...fields(parseJson(new TextDecoder().decode(fromHex(packed)))) ?? { [REST]: packed },
  };
}

function written(entries: readonly (readonly [string, string])[]): string {
  const plain = (entry: readonly [string, string]) =>
    entry[0] !== REST && entry.every((part) => PLAIN.test(part));
  const rest = entries.filter((entry) => !plain(entry));
  const pairs = entries.filter(plain).map((entry) => entry.join("="));
  if (rest.length > 0) {
    pairs.push(`${REST}=${toHex(utf8(JSON.stringify(Object.fromEntries(rest))))}`);
  }
  return pairs.join(",");
}
