/**
 * What Pipecat Cloud sends to `/bot`.
 *
 * @module
 */
import * as z from "../../core/zod.ts";
import { filled } from "../../core/checks.ts";
import { RunnerError } from "../../core/error.ts";
import { bodyJson, readText } from "../../http/body.ts";
import { parseFields } from "../../http/protocol.ts";

/** The header that says which session a request is for. */
export const SESSION_HEADER = "x-daily-session-id";

/** Pipecat Cloud's limit on the body of a session, with a flow beside it, in bytes. */
const MOST_BYTES = 2 << 20;
/** The only version of the envelope. */
const ENVELOPE = "1";

/** A session that is to begin. */
export interface CloudStart {
  /** Its id, as the platform knows it. */
  readonly id: string;
  readonly body: unknown;
  /** The Pipecat Flows config that the session names, as YAML or JSON. */
  readonly flowConfig?: string;
  /** The Daily room to join; without one, a client comes over WebRTC. */
  readonly room?: { readonly roomUrl: string; readonly token: string };
  /** How long it may last, in ms. */
  readonly mostMs?: number;
}

/** The body of a session with a flow. */
const Envelope = z.object({ body: z.unknown(), flow_config: z.string().check(filled) });

/**
 * Reads a start.
 *
 * @throws {RunnerError} `bad_request` for an invalid envelope, or one of another version: the bot
 * would otherwise run with the wrong body or flow. `no_transport` if the session has no transport
 * to wait for. Also what {@link readText} and {@link bodyJson} throw.
 */
export async function readCloudStart(request: Request): Promise<CloudStart> {
  const { headers } = request;
  const text = await readText(request, MOST_BYTES);
  const json = text.trim() === "" ? {} : bodyJson(text);
  const roomUrl = headers.get("x-daily-room-url");
  const token = headers.get("x-daily-room-token");
  const room = roomUrl && token ? { room: { roomUrl, token } } : {};
  const transport = headers.get("x-daily-transport-type");
  if (!roomUrl && transport !== "webrtc") {
    const detail = "A session here needs a Daily room, or x-daily-transport-type: webrtc.";
    throw new RunnerError("no_transport", detail);
  }
  const seconds = Number(headers.get("x-pcc-max-session-seconds"));
  return {
    id: headers.get(SESSION_HEADER) || crypto.randomUUID(),
    ...opened(json, headers.get("x-pcc-start-envelope")),
    ...room,
    ...(seconds > 0 ? { mostMs: seconds * 1000 } : {}),
  };
}

/** The body, and the flow beside it, if the header says that there is one, however it looks. */
function opened(json: unknown, envelope: string | null): Pick<CloudStart, "body" | "flowConfig"> {
  if (envelope === null) return { body: json };
  if (envelope !== ENVELOPE || !Object.hasOwn(Object(json), "body")) {
    const detail = `X-Pcc-Start-Envelope: ${ENVELOPE} marks { "body": …, "flow_config": "…" }.`;
    throw new RunnerError("bad_request", detail);
  }
  const { body, flow_config: flowConfig } = parseFields(Envelope, json);
  if (flowConfig.trim() === "") throw new RunnerError("bad_request", "flow_config is empty.");
  return { body, flowConfig };
}
