/**
 * One function that makes the transport for any arguments of a bot.
 *
 * @module
 */
import type { RunnerArguments } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import { openerOf } from "./open.ts";
import { paramsFor, type TransportOptions } from "./params.ts";
import type { Transport } from "./transport.ts";

/**
 * Makes the transport for a session. In a LiveKit room it resolves when the user has joined.
 *
 * @param options How the transport behaves: for every transport, or, under a transport's name, for
 * that one only.
 * @throws {RunnerError} `no_transport` if the bot must bring its own media, or no runner made the
 * arguments; `bad_option`; and on LiveKit `room_not_joined` or `nobody_came`.
 *
 * @example
 * ```ts
 * import { createTransport, type RunnerArguments } from "@pipecat/runner";
 *
 * export async function bot(args: RunnerArguments): Promise<void> {
 *   await using transport = await createTransport(args, { audioInSampleRate: 24000 });
 *   await transport.readable.pipeTo(transport.writable);
 * }
 * ```
 */
export async function createTransport(
  args: RunnerArguments,
  options: TransportOptions = {},
): Promise<Transport> {
  const params = paramsFor(args.transport, options);
  const open = openerOf(args);
  if (!open) throw new RunnerError("no_transport", MADE_BY_HAND);
  return await open(params);
}

const MADE_BY_HAND =
  "No runner made these arguments, so they open no transport: pass on what the " +
  "bot was called with, and in a test call the bot with call() of @pipecat/runner/testing.";
