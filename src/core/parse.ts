/**
 * Parsers of what came from outside, for code that is a part of every Worker: with schemas of
 * `zod/mini` in their place its bundle would be a tenth larger. Where code weighs nothing, schemas say
 * more: see `shape.ts`. The words for what is wrong are the same, those of zod's English locale.
 *
 * @module
 */

/**
 * Returns a value as what it turned out to be.
 *
 * @param path Where it was found, such as `body.age`.
 * @throws {Misfit} when it is something else.
 */
export type Parser<Value> = (value: unknown, path: string) => Value;

/** What a value turned out to be. */
export type Parsed<Value> =
  | { readonly data: Value; readonly problem?: undefined }
  /** Names the first field that is wrong, and why, such as `body.age: Invalid input: …`. */
  | { readonly data?: undefined; readonly problem: string; readonly path: string };

/** The error of a parser. */
class Misfit extends Error {
  readonly path: string;

  /** Makes it of what is wrong, and where. */
  constructor(message: string, path: string) {
    super(message);
    this.path = path;
  }
}

/** Parses a value that was found at a path; at the root of it all, that is empty. */
export function parse<Value>(parser: Parser<Value>, value: unknown, path = ""): Parsed<Value> {
  try {
    return { data: parser(value, path) };
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    return { problem: `${error.path}: ${error.message}`, path: error.path };
  }
}

/** A text. */
export const text: Parser<string> = typed("string");
/** A number that is finite. */
export const number: Parser<number> = typed("number");
/** `true` or `false`. */
export const flag: Parser<boolean> = typed("boolean");
/** Whatever there is, or nothing. */
export const anything: Parser<unknown> = (value) => value;
/** Whatever there is, but not nothing. */
export const something: Parser<unknown> = checked(
  anything,
  (value) => value !== undefined,
  "Invalid input: expected nonoptional, received undefined",
);

/** One of some texts. */
export function oneOf<Value extends string>(...values: readonly Value[]): Parser<Value> {
  return (value, path) => {
    const found = values.find((one) => one === value);
    if (found !== undefined) return found;
    const choice = values.map((one) => JSON.stringify(one)).join("|");
    const wrong = values.length === 1 ? "input: expected" : "option: expected one of";
    throw new Misfit(`Invalid ${wrong} ${choice}`, path);
  };
}

/** What may be missing. */
export function optional<Value>(parser: Parser<Value>): Parser<Value | undefined> {
  return (value, path) => value === undefined ? value : parser(value, path);
}

/** What may be missing, or `null`. */
export function nullish<Value>(parser: Parser<Value>): Parser<Value | null | undefined> {
  return (value, path) => value === null || value === undefined ? value : parser(value, path);
}

/** A list of so many entries at most. */
export function list<Value>(parser: Parser<Value>, most = Infinity): Parser<Value[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw unexpected("array", value, path);
    if (value.length > most) {
      throw new Misfit(`Too big: expected array to have <=${most} items`, path);
    }
    return value.map((entry, index) => parser(entry, `${path}.${index}`));
  };
}

/** What an object has that was parsed by these parsers. */
export type Fields<Parsers> = {
  [Name in keyof Parsers]: Parsers[Name] extends Parser<infer Value> ? Value : never;
};

/** An object with these fields; others are left as they are. */
export function fields<Parsers extends Readonly<Record<string, Parser<unknown>>>>(
  parsers: Parsers,
): Parser<Fields<Parsers>> {
  return (value, path) => {
    if (typeName(value) !== "object") throw unexpected("object", value, path);
    const parsed: Record<string, unknown> = { ...value as object };
    for (const [name, parser] of Object.entries(parsers)) {
      const field = parser(parsed[name], path ? `${path}.${name}` : name);
      if (name in parsed || field !== undefined) parsed[name] = field;
    }
    return parsed as Fields<Parsers>; // each field is what the parser of its name returned
  };
}

/** Either of two; the first that fits. */
export function either<One, Other>(
  one: Parser<One>,
  other: Parser<Other>,
): Parser<One | Other> {
  return (value, path) => {
    for (const parser of [one, other]) {
      const { data, problem } = parse<One | Other>(parser, value);
      if (problem === undefined) return data;
    }
    throw new Misfit("Invalid input", path);
  };
}

/** What passes a test, too. */
export function checked<Value>(
  parser: Parser<Value>,
  test: (value: Value) => boolean,
  problem = "Invalid input",
): Parser<Value> {
  return (value, path) => {
    const parsed = parser(value, path);
    if (test(parsed)) return parsed;
    throw new Misfit(problem, path);
  };
}

/** A text of so many characters. */
export function textOf(least: number, most = Infinity): Parser<string> {
  const long = checked(
    text,
    ({ length }) => length >= least,
    `Too small: expected string to have >=${least} characters`,
  );
  return checked(
    long,
    ({ length }) => length <= most,
    `Too big: expected string to have <=${most} characters`,
  );
}

/** A number without a fraction. */
export const whole: Parser<number> = checked(
  number,
  Number.isSafeInteger,
  "Invalid input: expected int, received number",
);
/** A number above 0. */
export function positive(parser: Parser<number>): Parser<number> {
  return checked(parser, (value) => value > 0, "Too small: expected number to be >0");
}

/** What becomes of a value. */
export function mapped<Value, Result>(
  parser: Parser<Value>,
  change: (value: Value) => Result,
): Parser<Result> {
  return (value, path) => change(parser(value, path));
}

/** What kind of value it is, as zod says it. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (value instanceof Date) return "Date";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : typeof value;
}

function typed<Value>(name: string): Parser<Value> {
  return (value, path) => {
    if (typeName(value) === name) return value as Value; // whose type has this name
    throw unexpected(name, value, path);
  };
}

function unexpected(name: string, value: unknown, path: string): Misfit {
  return new Misfit(`Invalid input: expected ${name}, received ${typeName(value)}`, path);
}
