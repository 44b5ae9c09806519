/**
 * The option about carriers whose requests nothing proves.
 *
 * @module
 */
import { CARRIER_NAMES } from "../core/transport_names.ts";
import { RunnerError } from "../core/error.ts";
import type { InsecureCarriers, Option } from "./option.ts";

const NAME = `(${CARRIER_NAMES.join("|")})`;

/** That option. */
export const CARRIER_OPTIONS: readonly Option[] = [
  {
    name: "insecure-carriers",
    help: "serve carriers that have no secret set, on a public\n" +
      "runner too: those that are named, or all",
    variable: "PIPECAT_INSECURE_CARRIERS",
    entry: new RegExp(`^${NAME}(,${NAME})*$`),
    set: (value, { insecureCarriers = [] }) => ({
      insecureCarriers: readNames(value, insecureCarriers),
    }),
  },
];

/** Without a name it is all of them, until names follow. */
function readNames(value: string, before: InsecureCarriers): InsecureCarriers {
  if (/^(|true|1|all)$/.test(value)) return true;
  const names = value.split(",").map((text) => {
    const name = CARRIER_NAMES.find((name) => name === text.trim());
    if (name) return name;
    throw new RunnerError("usage", `Allowed choices are ${CARRIER_NAMES.join(", ")}.`);
  });
  return typeof before === "boolean" ? names : [...before, ...names];
}
