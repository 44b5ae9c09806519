/**
 * What a runner prints when it is listening and when it stops: a banner and lines for people, or
 * log records for machines.
 *
 * @module
 */
import type { Load } from "../core/load.ts";
import type { TransportName } from "../core/bot.ts";
import { getLogger } from "../core/log.ts";
import { banner, type BannerFacts } from "./banner.ts";
import { carrierFacts } from "./carrier_facts.ts";
import type { CommandLine } from "./command_line.ts";
import { openPage } from "./open_page.ts";
import type { StopWish } from "./stop.ts";
import { styleOf } from "./style.ts";
import { VERSION } from "./version.ts";

const logger = getLogger(["pipecat", "runner", "cli"]);

/** What is announced. */
export interface Announced {
  /** Where it is served. */
  readonly url: string;
  /** What the bot is called. */
  readonly bot: string;
  readonly bots: readonly string[];
  readonly transports: readonly TransportName[];
  /** How many processes serve it. */
  readonly processes?: number;
  /** Where the other runners find this one, if there are others. */
  readonly shared: string | undefined;
}

/** Prints where the bot is, and opens its page if requested. */
export async function announce(
  { url, bot, bots, transports, processes = 1, shared }: Announced,
  command: CommandLine,
): Promise<void> {
  const { log, open } = command;
  const networkUrl = addressForOthers(command.hostname, url);
  const mediaNode = Deno.env.has("RUNNER_SECRET") && !command.mediaNodes?.length && !shared &&
    processes === 1;
  const found = {
    url,
    ...(networkUrl ? { networkUrl } : {}),
    ...publicAddress(command),
    ...(shared ? { shared } : {}),
    ...(processes > 1 ? { processes } : {}),
  };
  if (log === "json") {
    const facts = { ...found, version: VERSION, bot, bots, transports, mediaNode };
    logger.info("The runner is listening", facts);
  } else {
    const facts: BannerFacts = {
      ...command,
      ...found,
      version: VERSION,
      bot,
      bots,
      transports,
      ...await carrierFacts(transports, Deno.env.toObject(), command),
      secrets: Deno.stdout.isTerminal(),
      mediaNode,
      dialin: command.daily?.dialin ?? command.transport === "daily",
    };
    console.log(banner(facts, styleOf("stdout")));
  }
  if (open && mediaNode) logger.warn("A media node has no page to open");
  else if (open) openPage(`${url}/client/`);
}

/** Prints what it still waits for, and until when. */
export function farewell(
  wish: StopWish,
  { sessions, promised }: Pick<Load, "sessions" | "promised">,
  { drainMs, log }: Pick<CommandLine, "drainMs" | "log">,
): void {
  const count = wish === "drained" ? sessions + promised : sessions;
  const until = new Date(Date.now() + drainMs);
  if (log === "json") {
    if (count === 0) logger.info("Stopped");
    else if (wish === "now") logger.info("Ending {count} sessions", { count });
    else logger.info("Waiting for {count} sessions to end, until {until}", { count, until });
    return;
  }
  const named = count === 1 ? "1 session" : `${count} sessions`;
  const line = count === 0
    ? "Stopped."
    : wish === "now"
    ? `Ending ${named}; Ctrl-C again stops at once.`
    : `Waiting for ${named} to end, until ${until.toTimeString().slice(0, 8)}; ` +
      "another signal stops at once.";
  console.log(Deno.stdout.isTerminal() ? `\n  ${line}` : line); // below the terminal's ^C
}

/** The runner's public address, if it was given. */
function publicAddress({ publicUrl, basePath = "" }: CommandLine): { readonly publicUrl?: string } {
  return publicUrl === undefined ? {} : { publicUrl: `${publicUrl}${basePath}` };
}

/** The URL at which other machines reach a server on all addresses, if Deno may look it up. */
function addressForOthers(hostname: string, url: string): string | undefined {
  if (hostname !== "0.0.0.0" && hostname !== "::") return undefined;
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "networkInterfaces" });
  if (state !== "granted") return undefined;
  const other = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  return other && url.replace("localhost", other.address);
}
