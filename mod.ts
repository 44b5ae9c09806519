/**
 * Runs a voice bot: you write `bot(args)`, the runner does the rest.
 *
 * @example
 * ```ts
 * import { createTransport, type RunnerArguments } from "@pipecat/runner";
 *
 * export async function bot(args: RunnerArguments): Promise<void> {
 *   await using transport = await createTransport(args);
 *   await transport.readable.pipeTo(transport.writable);
 * }
 * ```
 *
 * Then `deno run -A jsr:@pipecat/runner bot.ts`, and open the address that it prints.
 *
 * @module
 */
import type { Hono } from "hono";
import type { CliOptions } from "./src/cli/main.ts";
import type { Bot } from "./src/core/bot.ts";
import { RunnerError } from "./src/core/error.ts";
import type { AppEnv } from "./src/routes/env.ts";
import { createRoutes } from "./src/routes/hono.ts";

// The runner.
export {
  createRunner,
  type DailyOptions,
  type DrainOptions,
  type Runner,
  type RunnerOptions,
} from "./src/runner.ts";
export type { Limits } from "./src/core/limits.ts";
export type { Load, Readiness, Visit } from "./src/core/admission.ts";
export type { Forwarded } from "./src/core/forwarding.ts";
export type { MediaNetworkOptions } from "./src/media_network.ts";
export { RunnerError, type RunnerErrorBody, type RunnerErrorOptions } from "./src/core/error.ts";
export type { AppEnv } from "./src/routes/env.ts";
export type { ClientAsset, ClientAssets } from "./src/routes/client.ts";
export type { Feature } from "./src/features/feature.ts";

// The bot and what it is called with.
export {
  type Bot,
  type CallData,
  type DailyRunnerArguments,
  type LiveKitRunnerArguments,
  type PlainWebSocketRunnerArguments,
  type RunnerArguments,
  type SessionContext,
  type SmallWebRTCRunnerArguments,
  type TelephonyRunnerArguments,
  type TelephonyTransportName,
  type TransportName,
  type WebSocketRunnerArguments,
} from "./src/core/bot.ts";

// Phone calls.
export { CARRIER_NAMES } from "./src/core/transport_names.ts";
export type { WhatsAppCall } from "./src/whatsapp/webhook.ts";
export type { CarrierCall, Environment } from "./src/core/carrier.ts";
export type { CallDecision, IncomingCall, OnCall } from "./src/core/incoming_call.ts";

// What it talks through.
export { createTransport } from "./src/transports/create.ts";
export type { TransportOptions } from "./src/transports/params.ts";
export type { Transport, TransportParams } from "./src/transports/transport.ts";
export type { AudioFrame, DtmfFrame, Frame, MessageFrame } from "./src/core/frame.ts";
export type { CloseInfo, Duplex, Message, Socket } from "./src/core/duplex.ts";

// RTVI messages, to and from the client.
export type { RtviChannel } from "./src/rtvi/channel.ts";
export {
  type AboutClient,
  type BotOutput,
  type BotOutputV1,
  type Json,
  type Metric,
  RTVI_LABEL,
  RTVI_VERSION,
  type RtviClientData,
  type RtviClientMessage,
  type RtviClientMessageOf,
  type RtviClientType,
  type RtviServerData,
  type RtviServerMessage,
  type RtviServerType,
} from "./src/rtvi/protocol.ts";

// Rooms. What makes Daily's is in "@pipecat/runner/daily": a launch need not wait for it.
export type { DailyRoomEnd } from "./src/rooms/daily_session.ts";
export type { DailyOpenProperties } from "./src/rooms/daily_wishes.ts";
export type {
  LiveKitAudioFrame,
  LiveKitAudioSource,
  LiveKitLocalParticipant,
  LiveKitParticipant,
  LiveKitPublication,
  LiveKitRoom,
  LiveKitRtc,
  LiveKitTrack,
} from "./src/core/livekit.ts";
export {
  configureLiveKit,
  type ConfigureLiveKitOptions,
  type LiveKitRoomConfig,
} from "./src/rooms/livekit.ts";

// Sessions, and where they wait for their media.
export type {
  Connection,
  Session,
  SessionInfo,
  Sessions,
  SessionsOptions,
  SessionStart,
} from "./src/core/session.ts";
export type { Monitor, MonitoredSession, SessionEnd, SessionOutcome } from "./src/core/monitor.ts";
export {
  MemorySessionStore,
  type MemorySessionStoreOptions,
  type SessionRecord,
  type SessionStore,
} from "./src/core/store.ts";

// The ports to a host and to a WebRTC stack.
export { socketFrom, type WebSocketLike } from "./src/core/socket.ts";
export type { FileFolder, Platform, ServedFile } from "./src/core/platform.ts";
export type { IceCandidate, IceServer, Peer, PeerAudio, PeerFactory } from "./src/core/peer.ts";

/**
 * Your own routes, for a bot file that runs itself with {@link main}. They are served at `/` and,
 * with `c.var.session` set, at `/sessions/:id/`.
 *
 * @example
 * ```ts ignore
 * app.get("/hello", (c) => c.text("hello"));
 * ```
 */
export const app: Hono<AppEnv> = createRoutes();

/** What {@link main} runs. */
export interface MainOptions {
  /** The bot. */
  readonly bot: Bot;
  /** The command line, that of the process unless given. */
  readonly args?: readonly string[];
}

/**
 * Runs the bot of a file that is started by itself: reads the command line and the environment,
 * serves, and resolves after Ctrl-C; half a second later the process ends, whatever still runs. What
 * goes wrong is printed, and ends the process too.
 *
 * @example
 * ```ts ignore
 * if (import.meta.main) await main({ bot }); // deno run -A bot.ts --port 7000
 * ```
 */
export async function main(options: MainOptions): Promise<void> {
  await runCommandLine({ ...options, app });
}

// Not awaited: a bot file that imports this module would wait for it, and it for the bot file.
if (import.meta.main) void runCommandLine({ app });

async function runCommandLine(options: CliOptions): Promise<void> {
  // Bundlers for Workers know this name, and so leave the command line out: a Worker has none.
  if (navigator.userAgent !== "Cloudflare-Workers") {
    if (!("Deno" in globalThis)) {
      const detail =
        "The command line needs Deno. Elsewhere call serve(bot) of this host's module.";
      throw new RunnerError("no_command_line", detail);
    }
    const { runCommandLine } = await import("./src/cli/main.ts");
    await runCommandLine(options);
  }
}
