/**
 * Parses outside data, and says in words what is wrong with it.
 *
 * The words are here because `zod/mini` has none, which keeps it small: without this, a caller
 * would only be told "Invalid input".
 *
 * @module
 */
import type * as z from "./zod.ts";

/** What a value turned out to be. */
export type Parsed<T> =
  | { readonly data: T; readonly problem?: undefined }
  /** Names the first field that is wrong, and why, such as `body.age: Invalid input: …`. */
  | { readonly data?: undefined; readonly problem: string };

/**
 * Parses a value of any shape.
 *
 * @param under The names of the fields that the value lies under, for the problem's path.
 */
export function parseShape<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  ...under: readonly string[]
): Parsed<T> {
  const parsed = schema.safeParse(value, { error: describe });
  if (parsed.success) return { data: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `${[...under, ...issue?.path ?? []].join(".")}: ${issue?.message}` };
}

/** Says what is wrong, as zod's English locale does. */
function describe(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `Invalid input: expected ${issue.expected}, received ${typeName(issue.input)}`;
    case "invalid_value": {
      const values = issue.values.map((value) => JSON.stringify(value));
      return values.length === 1
        ? `Invalid input: expected ${values[0]}`
        : `Invalid option: expected one of ${values.join("|")}`;
    }
    case "unrecognized_keys":
      return `Unrecognized key: ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
    default:
      return "Invalid input";
  }
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (value instanceof Date) return "Date";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : typeof value;
}

/**
 * A schema of zod's, under our own name: the public documentation ends here.
 *
 * @internal
 */
export type Schema<Value> = z.ZodMiniType<Value>;
