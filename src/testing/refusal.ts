/**
 * What a runner says when it refuses a caller.
 *
 * @module
 */
import { parseJson } from "../core/json.ts";

/** The sentence in a refusal's body, or the whole body if it has none; at most 500 characters. */
export function refusalIn(body: string): string {
  const told = parseJson(body);
  const detail = typeof told === "object" && told !== null && "detail" in told
    ? String(told.detail)
    : body;
  return detail.slice(0, 500);
}
