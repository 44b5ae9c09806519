/**
 * Parses options that are given in code, once, where they come in: behind that they are trusted.
 *
 * An option that is absent or `undefined` has its default. `false` turns off what can be off.
 *
 * @module
 */
import { closest } from "./closest.ts";
import { RunnerError } from "./error.ts";

/** Returns the value of an option, in the form in which it is used, or throws {@link badOption}. */
export type OptionParser<Value> = (value: unknown, name: string) => Value;

/** A parser for every option. The type makes sure that none is missing. */
export type OptionParsers<Options> = {
  readonly [Name in keyof Options]-?: OptionParser<Exclude<Options[Name], undefined>>;
};

/**
 * Parses all options of an object.
 *
 * @param under The option that the object is the value of, such as `limits`.
 * @throws {RunnerError} `bad_option` for the first that is wrong, and for one that there is not.
 */
export function parseOptions<Options extends object>(
  parsers: OptionParsers<Options>,
  options: unknown,
  under?: string,
): Options {
  const names = Object.keys(parsers);
  if (typeof options !== "object" || options === null) {
    throw badOption(under ?? "options", `an object with ${names.join(", ")}`, options);
  }
  const table: Readonly<Record<string, OptionParser<unknown>>> = { ...parsers };
  const parsed = Object.entries(options).flatMap(([key, value]) => {
    const name = under === undefined ? key : `${under}.${key}`;
    const parse = Object.hasOwn(table, key) ? table[key] : undefined;
    if (!parse) throw unknownOption(key, names, under);
    return value === undefined ? [] : [[key, parse(value, name)]];
  });
  return Object.fromEntries(parsed) as Options; // each value is what the parser of its name returned
}

/** The error of an option that there is not. */
export function unknownOption(
  name: string,
  known: readonly string[],
  under?: string,
): RunnerError {
  const meant = closest(name, known);
  const advice = meant === undefined
    ? `Known are ${known.join(", ")}.`
    : `Did you mean '${meant}'?`;
  const place = under === undefined ? "" : ` in ${under}`;
  return new RunnerError("bad_option", `There is no option '${name}'${place}. ${advice}`);
}

/**
 * The error of an option with a value that it does not take.
 *
 * @param takes What it takes, such as "a whole number from 1".
 * @param value What it was given; absent for a secret.
 */
export function badOption(name: string, takes: string, value?: unknown): RunnerError {
  const given = value === undefined ? "" : `, and not ${shown(value)}`;
  return new RunnerError("bad_option", `The option ${name} takes ${takes}${given}.`);
}

/** Makes a parser of a test. */
export function option<Value>(
  takes: string,
  test: (value: unknown) => value is Value,
): OptionParser<Value> {
  return (value, name) => {
    if (test(value)) return value;
    throw badOption(name, takes, value);
  };
}

/** The parser of one that can be turned off, too. */
export function orFalse<Value>(parse: OptionParser<Value>): OptionParser<Value | false> {
  return (value, name) => value === false ? false : parse(value, name);
}

/** Makes the parser of a list: each entry has a parser of its own. */
export function listOf<Value>(parse: OptionParser<Value>): OptionParser<readonly Value[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw badOption(name, "a list", value);
    return value.map((entry, index) => parse(entry, `${name}[${index}]`));
  };
}

/** Makes the parser of an option that takes one of some words. */
export function oneOf<Word extends string>(words: readonly Word[]): OptionParser<Word> {
  const takes = `one of ${words.join(", ")}`;
  return option(takes, (value): value is Word => words.some((word) => word === value));
}

/** The parser of `true` and `false`. */
export const flag: OptionParser<boolean> = option(
  "true or false",
  (value) => typeof value === "boolean",
);

/** The parser of a text that is not empty. */
export const text: OptionParser<string> = option(
  "a text",
  (value): value is string => typeof value === "string" && value !== "",
);

/** The parser of a function, whose arguments cannot be looked at. */
export function functionOf<Value>(takes: string): OptionParser<Value> {
  return option(takes, (value): value is Value => typeof value === "function");
}

/** The parser of an object that is known by its methods: there may be several copies of its class. */
export function objectWith<Value>(
  takes: string,
  ...methods: readonly string[]
): OptionParser<Value> {
  return option(takes, (value): value is Value => {
    if (typeof value !== "object" || value === null) return false;
    return methods.every((name) => typeof Reflect.get(value, name) === "function");
  });
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "a list" : "an object";
  }
  return typeof value === "function" ? "a function" : String(value);
}
