/**
 * Parses options that are given in code, once, at the border: after that they are trusted.
 *
 * An option that is absent or `undefined` has its default. `false` turns off what can be off.
 *
 * @module
 */
import { RunnerError } from "./error.ts";

/** Returns the value of an option, in the form in which it is used, or throws {@link badOption}. */
export type OptionParser<Value> = (value: unknown, name: string) => Value;

/** Stands for the parser of an option whose type is trusted: its value is used unchanged. */
export const AS_GIVEN = "as given";

/** A parser for every option; the type ensures that none is missing. */
export type OptionParsers<Options> = {
  readonly [Name in keyof Options]-?:
    | OptionParser<Exclude<Options[Name], undefined>>
    | typeof AS_GIVEN;
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
  const names = Object.keys(parsers).join(", ");
  if (typeof options !== "object" || !options) {
    throw badOption(under ?? "", `an object with ${names}`, options);
  }
  const table = new Map<string, OptionParser<unknown> | typeof AS_GIVEN>(Object.entries(parsers));
  const parsed = Object.entries(options).flatMap(([key, value]) => {
    const name = under ? `${under}.${key}` : key;
    const parse = table.get(key);
    if (!parse) throw unknownOption(name, `The options are ${names}.`);
    if (value === undefined) return [];
    return [[key, parse === AS_GIVEN ? value : parse(value, name)]];
  });
  return Object.fromEntries(parsed) as Options; // each value is what the parser of its name returned, or trusted
}

/** The error of an option that there is not. */
export function unknownOption(name: string, advice: string): RunnerError {
  return new RunnerError("bad_option", `There is no option '${name}'. ${advice}`);
}

/**
 * The error of an option with a value that it does not take.
 *
 * @param takes What it takes, such as "a whole number from 1".
 * @param value What it was given; absent for a secret.
 */
export function badOption(name: string, takes: string, value?: unknown): RunnerError {
  const given = value === undefined ? "" : `, not ${shown(value)}`;
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

/** Makes the parser of an option that takes one of some values. */
export function oneOf<Value extends string | number | boolean>(
  values: readonly Value[],
): OptionParser<Value> {
  return option(
    values.join(" or "),
    (value): value is Value => values.some((one) => one === value),
  );
}

/** The parser of `true` and `false`. */
export const flag: OptionParser<boolean> = oneOf([true, false]);

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  return typeof value === "object" ? "an object" : String(value);
}
