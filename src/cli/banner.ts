/**
 * What the command line says once the runner listens.
 *
 * @module
 */
import { CARRIER_NAMES, type TransportName } from "../core/bot.ts";
import type { Style } from "./style.ts";

/** What the banner tells. */
export interface BannerFacts {
  readonly version: string;
  readonly bot: string;
  /** Where the runner listens. */
  readonly url: string;
  /** Where other machines find it, when it listens on all addresses. */
  readonly networkUrl?: string;
  /** Where the world finds it. */
  readonly publicUrl?: string;
  readonly transports: readonly TransportName[];
  readonly folder?: string;
}

/** Lays out the banner. */
export function banner(facts: BannerFacts, style: Style): string {
  const { publicUrl, networkUrl, folder, transports } = facts;
  const webhooks = CARRIER_NAMES.filter((name) => transports.includes(name))
    .map((name) => `/${name}`).join(", ");
  const rows: readonly (readonly [label: string, value: string | false | undefined])[] = [
    ["Open", style("cyan", `${facts.url}/client/`)],
    ["Network", networkUrl],
    ["Public", publicUrl],
    ["Webhooks", webhooks && publicUrl && `${publicUrl}${webhooks}`],
    ["Bot", facts.bot],
    ["Transports", transports.join(", ")],
    ["Files", folder && `${folder} at /files/`],
  ];
  return [
    "",
    `${style("bold", "Pipecat runner")} ${style("dim", facts.version)}`,
    "",
    ...rows.flatMap(([label, value]) => value ? [`${style("dim", label.padEnd(12))}${value}`] : []),
    "",
    style("dim", `${nextStep(facts)} Ctrl-C stops the runner.`),
    "",
  ].map((line) => line && `  ${line}`).join("\n");
}

function nextStep({ transports, publicUrl }: BannerFacts): string {
  const phonesOnly = transports.every((name) => CARRIER_NAMES.some((carrier) => carrier === name));
  if (!phonesOnly) return "Open the page and press Connect to talk.";
  return publicUrl
    ? "Enter the webhook at your phone company, then call your number."
    : "Phones need a public address: start a tunnel and name it with --proxy.";
}
