/**
 * What a runner says when it refuses a caller.
 *
 * @module
 */
import { parseJson } from "../core/json.ts";

/** The sentence in the body of a refusal, or all of a body that has none; 500 letters at most. */
export function refusalIn(body: string): string {
  const told = parseJson(body);
  const detail = typeof told === "object" && told !== null && "detail" in told
    ? String(told.detail)
    : body;
  return detail.slice(0, 500);
}
