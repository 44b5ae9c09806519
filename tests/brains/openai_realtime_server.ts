/**
 * A stand-in for OpenAI's Realtime API (GA) over WebSocket: it takes and refuses what that does, hears
 * by loudness, plays its part of the story, and speaks in chirps.
 *
 * @see https://platform.openai.com/docs/api-reference/realtime
 * @module
 */
import { arrivals, serveStandIn, type StandIn } from "./stand_in.ts";
import { type OpenAIRealtimeSession, openSession } from "./openai_realtime_session.ts";

const MODELS = /^gpt-realtime(-2(\.1(-mini)?)?|-1\.5|-mini)?$/;

/** The stand-in. */
export interface OpenAIRealtimeServer extends StandIn {
  /** The next session that a bot opens. */
  readonly nextSession: () => Promise<OpenAIRealtimeSession>;
}

/** Serves the API to those who have the key. */
export function openAIRealtimeServer(apiKey: string): OpenAIRealtimeServer {
  const refusals: string[] = [];
  const sessions = arrivals<OpenAIRealtimeSession>();
  const refuse = (status: number, message: string, code: string): Response => {
    refusals.push(message);
    return Response.json({ error: { message, type: "invalid_request_error", param: null, code } }, {
      status,
    });
  };
  const server = serveStandIn({
    refusals,
    answer(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== "/v1/realtime") return refuse(404, `Invalid URL (${pathname})`, "not_found");
      if (keyOf(request) !== apiKey) {
        return refuse(401, "Incorrect API key provided.", "invalid_api_key");
      }
      if (request.headers.has("openai-beta")) {
        return refuse(
          400,
          "The Realtime Beta API is no longer supported.",
          "beta_api_shape_disabled",
        );
      }
      const model = searchParams.get("model");
      if (model === null || !MODELS.test(model)) {
        return refuse(404, `The model \`${model}\` does not exist.`, "model_not_found");
      }
    },
    protocol: (request) => protocols(request).includes("realtime") ? "realtime" : undefined,
    connect(wire, request) {
      const model = new URL(request.url).searchParams.get("model") ?? "";
      const { session, listener } = openSession(wire, model, (message) => refusals.push(message));
      sessions.push(session);
      return listener;
    },
  });
  return { ...server, nextSession: sessions.next };
}

function protocols(request: Request): string[] {
  return request.headers.get("sec-websocket-protocol")?.split(/, */) ?? [];
}

/** Servers send their key in a header, what knows no headers in a subprotocol. */
function keyOf(request: Request): string | undefined {
  const prefix = "openai-insecure-api-key.";
  return request.headers.get("authorization")?.replace(/^Bearer /, "") ??
    protocols(request).find((protocol) => protocol.startsWith(prefix))?.slice(prefix.length);
}
