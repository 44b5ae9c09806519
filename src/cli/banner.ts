/**
 * What the command line says once the runner listens.
 *
 * @module
 */
import { CARRIER_NAMES } from "../core/transport_names.ts";
import type { TransportName } from "../core/bot.ts";
import type { Limits } from "../sessions/limits.ts";
import { STARTS_PER_MINUTE } from "../sessions/start_rate.ts";
import type { Style } from "./style.ts";

/** The contents of the banner. */
export interface BannerFacts {
  readonly version: string;
  readonly bot: string;
  /** The names of the bots, if there are several. */
  readonly bots?: readonly string[];
  /** Where the runner listens. */
  readonly url: string;
  /** Where other machines find it, if it listens on all addresses: an origin. */
  readonly networkUrl?: string;
  /** Where the world finds it. */
  readonly publicUrl?: string;
  readonly transports: readonly TransportName[];
  /** Whether phone calls from Daily are taken. */
  readonly dialin?: boolean;
  /** Whether WhatsApp calls are taken. */
  readonly whatsapp?: boolean;
  /** What is checked of the carriers, a line for each. */
  readonly carriers?: readonly string[];
  /** The carriers that call a webhook. */
  readonly webhooks?: readonly string[];
  readonly folder?: string;
  /** The folder for clients' uploads. */
  readonly uploadsFolder?: string;
  /** The folder that sessions are recorded in. */
  readonly record?: string;
  /** Whether it serves only what another runner forwards. */
  readonly mediaNode?: boolean;
  /** The token that starts sessions; the page's link contains it if `secrets` is set. */
  readonly startToken?: string;
  /** Whether the banner is shown to the person who started the runner, rather than to a log. */
  readonly secrets?: boolean;
  readonly limits?: Limits;
  /** How many processes serve it, if there are several. */
  readonly processes?: number;
  /** Where the other runners find this one, if there are others. */
  readonly shared?: string;
}

/** Lays out the banner. */
export function banner(facts: BannerFacts, style: Style): string {
  const { version, mediaNode = false } = facts;
  return [
    "",
    `${style("bold", "Pipecat runner")} ${style("dim", version)}`,
    "",
    ...(mediaNode ? nodeRows(facts, style) : rowsOf(facts, style))
      .flatMap(([label, value]) => value ? [`${style("dim", label.padEnd(12))}${value}`] : []),
    "",
    style("dim", `${nextStep(facts)} Ctrl-C stops the runner.`),
    "",
  ].map((line) => line && `  ${line}`).join("\n");
}

type Row = readonly [label: string, value: string | false | undefined];

function nodeRows({ url, networkUrl, bot }: BannerFacts, style: Style): readonly Row[] {
  return [["Media node", style("cyan", url)], ["Network", networkUrl], ["Bot", bot]];
}

function rowsOf(facts: BannerFacts, style: Style): readonly Row[] {
  const { url, publicUrl, networkUrl, folder, transports, dialin, whatsapp } = facts;
  const daily = transports.includes("daily");
  const webhooks = facts.webhooks?.map((name) => `/${name}`).join(", ");
  return [
    ["Open", style("cyan", `${facts.url}/client/${fragment(facts)}`)],
    // Browsers allow no microphone to a page over http from another machine.
    [
      "Network",
      networkUrl && `${networkUrl}/client/${fragment(facts)} (a microphone needs https there)`,
    ],
    ["Public", publicUrl],
    // A browser that opens an address brings no token.
    ["Daily", daily && !facts.startToken && `${url}/daily`],
    ["Dial-in", daily && dialin && `${publicUrl ?? url}/daily-dialin-webhook`],
    ["WhatsApp", whatsapp && `${publicUrl ?? url}/whatsapp`],
    ["Webhooks", webhooks && publicUrl && `${publicUrl}${webhooks}`],
    ...(facts.carriers ?? []).map((line, at) => [at === 0 ? "Carriers" : "", line] as const),
    ["Bot", facts.bot],
    [
      "Bots",
      facts.bots?.map((name) => `${url}/${name}/client/${fragment(facts)}`).join(
        "\n" + " ".repeat(14),
      ),
    ],
    ["Transports", transports.join(", ")],
    ["Starts", starts(facts)],
    ["Processes", facts.processes !== undefined && String(facts.processes)],
    ["Fleet", facts.shared],
    ["Recordings", facts.record],
    ["Files", folder && `${folder} at /files/`],
    ["Uploads", facts.uploadsFolder],
  ];
}

/** A fragment is sent to nobody; the page keeps the token, and takes it out of its address. */
function fragment({ startToken, secrets = false }: BannerFacts): string {
  const [token = ""] = startToken?.split(",") ?? [];
  return secrets && token ? `#token=${encodeURIComponent(token.trim())}` : "";
}

/** Who may start sessions, and how many, if not only this machine can. */
function starts(facts: BannerFacts): string | undefined {
  const { url, publicUrl, networkUrl, startToken, limits: { startsPerMinute } = {} } = facts;
  const local = /^http:\/\/(localhost|127\.[\d.]+|\[::1\])(:|$)/.test(url);
  if (local && !publicUrl && !networkUrl && !startToken) return undefined;
  const who = startToken ? "with the start token" : "without a token (--start-token)";
  if (startsPerMinute === false) return `${who}, any number`;
  const clients = startsPerMinute === undefined ? "per other machine" : "per client";
  return `${who}, ${startsPerMinute ?? STARTS_PER_MINUTE} a minute ${clients} (--start-rate)`;
}

function nextStep(
  { transports, webhooks = [], url, publicUrl, startToken, mediaNode = false }: BannerFacts,
): string {
  if (mediaNode) return "It serves only what the runner in front of it forwards.";
  if (transports.every((name) => name === "daily")) {
    return startToken
      ? "Open the page, or POST to /start with the token: it answers with a room to join."
      : "Open the Daily address: it makes a room for you and the bot.";
  }
  if (transports.every((name) => name === "livekit")) {
    return "POST to /start: it answers with the room's address and a token to join.";
  }
  const phonesOnly = transports.every((name) => CARRIER_NAMES.some((carrier) => carrier === name));
  if (!phonesOnly) return "Open the page and press Connect to talk.";
  if (webhooks.length === 0) {
    return `Have your phone system stream to ${(publicUrl ?? url).replace(/^http/, "ws")}/ws.`;
  }
  return publicUrl
    ? "Enter the webhook at your phone company, then call your number."
    : "Phones need a public address: start a tunnel and name it with --proxy.";
}
