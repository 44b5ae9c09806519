/**
 * A bot to try the runner with: it needs no key, no account and no network.
 *
 * @module
 */
import type { RunnerArguments } from "../core/bot.ts";
import { createTransport } from "../transports/create.ts";
import { TRANSPORT_NAMES } from "../core/transport_names.ts";
import { converse } from "./conversation.ts";

/**
 * Asks for a rate that the voice detector accepts, which a phone call's may not be, and says that
 * there is a face to see.
 */
const PARAMS = Object.fromEntries(
  TRANSPORT_NAMES.map((name) => [name, {
    audioInSampleRate: 16_000 as const,
    ...(name === "webrtc" ? { capabilities: { video_out: true } } : {}),
  }]),
);

/**
 * Greets the caller, repeats what it hears, and answers keys and typed text.
 *
 * @throws {RunnerError} `package_missing` if its voice is not on this machine and cannot be
 * downloaded.
 */
export async function bot(args: RunnerArguments): Promise<void> {
  const transport = await createTransport(args, PARAMS);
  try {
    await converse(transport, { signal: args.signal });
  } finally {
    await transport[Symbol.asyncDispose]();
  }
}
