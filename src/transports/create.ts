/**
 * One function that makes the transport for whatever a bot was called with.
 *
 * @module
 */
import { CARRIERS } from "../carriers/mod.ts";
import type { RunnerArguments, TransportName } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import type { Transport, TransportParams } from "./transport.ts";

/**
 * Makes the transport for a session. In a LiveKit room it resolves when the user is there.
 *
 * Each kind is loaded when it is first made, so that a runner listens before it knows any.
 *
 * @param params How each transport behaves, by name; those of other transports are ignored.
 * @throws {RunnerError} `no_transport` where the bot has to bring its own media, and on LiveKit
 * `room_not_joined` or `nobody_came`.
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
 */
export async function createTransport(
  args: RunnerArguments,
  params: Partial<Record<TransportName, TransportParams>> = {},
): Promise<Transport> {
  switch (args.transport) {
    case "webrtc": {
      // Bundlers for Workers know this name, and so leave out what no Worker has a use for.
      if (navigator.userAgent !== "Cloudflare-Workers") {
        const { webrtcTransport } = await import("./webrtc.ts");
        return webrtcTransport(args.webrtcConnection, params.webrtc);
      }
      throw new RunnerError("no_transport", "There is no WebRTC on Workers.");
    }
    case "websocket": {
      const { websocketTransport } = await import("./websocket.ts");
      return websocketTransport(args, params.websocket);
    }
    case "daily":
      throw new RunnerError("no_transport", NO_DAILY);
    case "livekit": {
      if (navigator.userAgent !== "Cloudflare-Workers") {
        const { livekitTransport } = await import("./livekit.ts");
        return await livekitTransport(args, params.livekit);
      }
      throw new RunnerError("no_transport", NO_LIVEKIT);
    }
    default: { // a phone call, or this does not compile
      const { telephonyTransport } = await import("./telephony.ts");
      return telephonyTransport(args, CARRIERS[args.transport], params[args.transport]);
    }
  }
}

const NO_DAILY =
  "Daily has no server SDK for JavaScript, so there is no transport here: join args.roomUrl with " +
  "args.token from a browser, by daily-js, or from Python, by daily-python.";

const NO_LIVEKIT =
  "LiveKit's media library does not run on Workers, so there is no transport here: join args.url " +
  "with args.token from elsewhere.";
