/**
 * How a bot's arguments open their transport: the way that made them says how.
 *
 * @module
 */
import type { RunnerArguments } from "../core/bot.ts";
import type { Transport, TransportParams } from "./transport.ts";

/** Opens the transport of one session. */
export type OpenTransport = (params: TransportParams) => Transport | Promise<Transport>;

/**
 * The key under which arguments carry their opener. It is a registered symbol, so that a bot file
 * and a runner from two copies of this package understand each other.
 */
const OPEN: unique symbol = Symbol.for("@pipecat/runner/open");

interface Openable {
  readonly [OPEN]?: OpenTransport;
}

/** Stores in the arguments how their transport is opened. */
export function openable<Args extends RunnerArguments>(args: Args, open: OpenTransport): Args {
  return { ...args, [OPEN]: open };
}

/** How the transport of a session is opened; undefined for arguments made by hand. */
export function openerOf(args: RunnerArguments): OpenTransport | undefined {
  const opened: RunnerArguments & Openable = args;
  return opened[OPEN];
}
