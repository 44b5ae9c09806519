/**
 * Meta's Graph API for the calls of one phone number, as strict as the real one, and the users who
 * call it.
 */

const PHONE_NUMBER_ID = "436666719526789";
const TOKEN = "EAAtoken";

/** A call, as Meta sees it. */
export interface MetaCall {
  readonly id: string;
  readonly from: string;
  state: "ringing" | "pre_accepted" | "accepted" | "ended";
  /** The answer's SDP. */
  sdp?: string;
}

/** A command that arrived, and what came of it. */
export interface Command {
  readonly action: unknown;
  readonly body: Record<string, unknown>;
  readonly authorization: string | null;
  readonly status: number;
}

/** Answers a command in place of the server. */
export type Interception = (body: Record<string, unknown>) =>
  | Promise<Response | undefined | void>
  | Response
  | undefined
  | void;

/** The server. */
export interface GraphServer extends AsyncDisposable {
  /** What the runner is told, with secrets that this server knows. */
  readonly environment: Readonly<Record<string, string>>;
  readonly phoneNumberId: string;
  readonly commands: readonly Command[];
  /** The actions that arrived, in order; those that were refused with their status. */
  readonly actions: readonly string[];
  /** Lets a call ring. */
  ring(call: { readonly id: string; readonly from: string }): MetaCall;
  /** Called before each command is looked at. */
  intercept: Interception | undefined;
}

/** Starts a server. */
export function graphServer(): GraphServer {
  const calls = new Map<string, MetaCall>();
  const commands: Command[] = [];
  const actions: string[] = [];

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const authorization = request.headers.get("authorization");
    const text = await request.text();
    const body = parse(text);
    const note = (response: Response) => {
      const action = body?.action;
      commands.push({ action, body: body ?? {}, authorization, status: response.status });
      actions.push(response.ok ? String(action) : `${action} ${response.status}`);
      return response;
    };
    const intercepted = await server.intercept?.(body ?? {});
    if (intercepted) return note(intercepted);
    if (authorization !== `Bearer ${TOKEN}`) {
      return note(failure(401, 190, "Invalid OAuth access token."));
    }
    if (request.method !== "POST" || pathname !== `/v23.0/${PHONE_NUMBER_ID}/calls`) {
      return note(failure(400, 100, "Unsupported post request.", 33));
    }
    if (!request.headers.get("content-type")?.startsWith("application/json") || !body) {
      return note(failure(400, 100, "The body is no JSON object"));
    }
    const call = calls.get(String(body.call_id));
    const fault = wrong(body, call);
    if (fault) return note(failure(400, 100, ...fault));
    perform(body, call as MetaCall); // `wrong` has looked
    return note(Response.json({ messaging_product: "whatsapp", success: true }));
  };
  const http = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const response = await answer(request);
      response.headers.set("connection", "close"); // no idle connection outlives the test
      return response;
    },
  );
  const server: GraphServer = {
    environment: {
      WHATSAPP_APP_SECRET: "app-secret",
      WHATSAPP_PHONE_NUMBER_ID: PHONE_NUMBER_ID,
      WHATSAPP_TOKEN: TOKEN,
      WHATSAPP_WEBHOOK_VERIFICATION_TOKEN: "verify me",
      WHATSAPP_BASE_URL: `http://127.0.0.1:${http.addr.port}/v23.0/`,
    },
    phoneNumberId: PHONE_NUMBER_ID,
    commands,
    actions,
    intercept: undefined,
    ring({ id, from }) {
      const call: MetaCall = { id, from, state: "ringing" };
      calls.set(id, call);
      return call;
    },
    async [Symbol.asyncDispose]() {
      await http.shutdown();
    },
  };
  return server;
}

type Fault = readonly [details: string, subcode?: number];

/** What is wrong with a command for a call; undefined when it may be carried out. */
function wrong(body: Record<string, unknown>, call: MetaCall | undefined): Fault | undefined {
  const { messaging_product, action, to, session } = body;
  const known = ["messaging_product", "call_id", "action", "to", "session"];
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown) return [`Unexpected key "${unknown}"`];
  if (messaging_product !== "whatsapp") return ["The parameter messaging_product is required."];
  if (!call) return ["Call ID is not valid"];
  if (to !== undefined && to !== call.from) return [`to ${to} is not the caller`];
  if (call.state === "ended") return [`Call ${call.id} of ${call.from} has ended`];
  switch (action) {
    case "pre_accept":
    case "accept":
      if (call.state === "accepted") return ["Call is accepted already"];
      if (action === "pre_accept" && call.state !== "ringing") {
        return ["Call is pre-accepted already"];
      }
      return wrongSession(session, call);
    case "reject":
      if (call.state === "accepted") return ["Call is accepted already"];
      return session === undefined ? undefined : ["Unexpected session"];
    case "terminate":
      if (call.state !== "accepted") return ["Call is not in progress"];
      return session === undefined ? undefined : ["Unexpected session"];
    default:
      return ["The parameter action is not valid"];
  }
}

function wrongSession(session: unknown, call: MetaCall): Fault | undefined {
  if (typeof session !== "object" || session === null) return ["The parameter session is required"];
  const { sdp, sdp_type, ...rest } = session as Record<string, unknown>; // any object is one
  if (Object.keys(rest).length > 0) return ["Unexpected key in session"];
  if (sdp_type !== "answer" || typeof sdp !== "string") return ["session is no SDP answer"];
  if (call.sdp !== undefined && call.sdp !== sdp) return ["SDP differs from that of pre_accept"];
  const lines = sdp.split("\r\n");
  const starting = (prefix: string) => lines.filter((line) => line.startsWith(prefix));
  if (sdp.replaceAll("\r\n", "").includes("\n") || lines[0] !== "v=0" || lines.at(-1) !== "") {
    return ["SDP is not valid (RFC 8866)"];
  }
  if (starting("m=").length !== 1 || starting("m=audio ").length !== 1) {
    return ["Audio alone is offered"];
  }
  const fingerprints = starting("a=fingerprint:");
  if (fingerprints.length === 0) return ["SDP has no fingerprint"];
  if (fingerprints.some((line) => !line.startsWith("a=fingerprint:sha-256 "))) {
    return ["Fingerprint algo is not SHA256", 2494010];
  }
  if (starting("a=ice-ufrag:").length === 0 || starting("a=ice-pwd:").length === 0) {
    return ["No ICE"];
  }
  if (!/^a=setup:(active|passive)$/m.test(sdp.replaceAll("\r", ""))) return ["No DTLS role"];
  if (!/^a=rtpmap:111 opus\/48000\/2/m.test(sdp)) return ["No codec in common"];
  return undefined;
}

function perform(body: Record<string, unknown>, call: MetaCall): void {
  if (body.action === "pre_accept" || body.action === "accept") {
    call.sdp = (body.session as { sdp: string }).sdp; // wrongSession has looked
    call.state = body.action === "accept" ? "accepted" : "pre_accepted";
  } else call.state = "ended";
}

function failure(status: number, code: number, details: string, subcode?: number): Response {
  return Response.json({
    error: {
      message: status === 401 ? details : "Invalid parameter",
      type: "OAuthException",
      code,
      ...(subcode ? { error_subcode: subcode } : {}),
      error_data: { messaging_product: "whatsapp", details },
      fbtrace_id: "A",
    },
  }, { status });
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
