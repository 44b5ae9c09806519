/**
 * LiveKit rooms: the starter.
 *
 * @module
 */
import type { Bot, LiveKitRunnerArguments } from "../../core/bot.ts";
import type { Environment } from "../../core/carrier.ts";
import type { CloseInfo } from "../../core/duplex.ts";
import { RunnerError } from "../../core/error.ts";
import type { Sessions } from "../../sessions/session.ts";
import { configureLiveKit } from "./configure.ts";
import { openable } from "../../transports/open.ts";
import type { Transport, TransportParams } from "../../transports/transport.ts";
import type { LiveKitStartResponse } from "../../http/protocol.ts";
import type { Starter } from "../../http/start.ts";

/** Joins a room, and resolves with its transport when the user has joined. */
export type OpenRoom = (
  args: LiveKitRunnerArguments,
  end: (info: CloseInfo) => void,
  params: TransportParams,
) => Promise<Transport>;

/** What the starter needs. */
export interface LiveKitStarterOptions {
  readonly bot: Bot;
  readonly sessions: Sessions;
  readonly environment: Environment;
  /** Opens the transport; absent if the host has no media for LiveKit. */
  readonly open?: OpenRoom | undefined;
}

/** The starter for LiveKit: the bot joins the room at once, and waits there for the user. */
export function livekitStarter(options: LiveKitStarterOptions): Starter {
  const { bot, sessions, environment, open } = options;
  return async (start, { sessionId, platform }): Promise<LiveKitStartResponse> => {
    const config = await configureLiveKit({ environment, sessionId });
    const { url, roomName, token, userToken } = config;
    const { promise: closed, resolve: end } = Promise.withResolvers<CloseInfo>();
    const { done } = sessions.start({
      id: sessionId,
      transport: "livekit",
      body: start.body ?? {},
      connection: {
        closed,
        close: (info = {}) => end(info),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      },
      run: (context) => {
        const args = { ...context, transport: "livekit", url, roomName, token } as const;
        return bot(openable(args, async (params) => {
          if (!open) throw new RunnerError("no_transport", NO_LIBRARY);
          return await open(args, end, params);
        }));
      },
    });
    platform?.waitUntil(done);
    return { url, token: userToken, sessionId };
  };
}

const NO_LIBRARY =
  "This host has no media library for LiveKit, so there is no transport here: join args.url with " +
  "args.token, using your own library.";
