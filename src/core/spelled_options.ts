/**
 * Parsers of options for hosts where code size does not matter: they also suggest the right name.
 *
 * @module
 */
import { closest } from "./closest.ts";
import {
  badOption,
  option,
  type OptionParser,
  type OptionParsers,
  parseOptions,
  unknownOption,
} from "./options.ts";

/**
 * Parses all options of an object, as {@link parseOptions} does.
 *
 * @throws {RunnerError} `bad_option`; for a misspelt option with the name that was meant.
 */
export function parseSpelledOptions<Options extends object>(
  parsers: OptionParsers<Options>,
  options: unknown,
  under?: string,
): Options {
  const known = Object.keys(parsers);
  for (const name of Object.keys(Object(options))) {
    const meant = known.includes(name) ? undefined : closest(name, known);
    if (meant === undefined) continue;
    throw unknownOption(under ? `${under}.${name}` : name, `Did you mean '${meant}'?`);
  }
  return parseOptions(parsers, options, under);
}

/** The parser of a non-empty string. */
export const text: OptionParser<string> = (value, name) => {
  if (typeof value === "string" && value !== "") return value;
  throw badOption(name, "a non-empty string");
};

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

/** Makes the parser of a switch that may also name what it is on for. */
export function flagOr<Value>(parse: OptionParser<Value>): OptionParser<Value | boolean> {
  return (value, name) => typeof value === "boolean" ? value : parse(value, name);
}
