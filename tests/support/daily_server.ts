/**
 * Daily's REST API on this machine, as strict as its documentation: keys, types, ranges, limits.
 */

/** What the server was sent. */
export interface DailyServerRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly contentType: string | null;
  readonly body: unknown;
}

/** A room on the server. */
export interface DailyServerRoom {
  readonly name: string;
  readonly privacy: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What goes wrong with the next request, whatever it asks for. */
export interface DailyServerFault {
  readonly status: number;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit;
  /** Does what was asked all the same, and only answers wrongly. */
  readonly carriedOut?: true;
  /** Does not answer at all. */
  readonly silent?: true;
}

/** A server of Daily's REST API. */
export interface DailyServer extends AsyncDisposable {
  /** What the runner needs in its environment. */
  readonly environment: Readonly<Record<"DAILY_API_KEY" | "DAILY_API_URL", string>>;
  readonly requests: readonly DailyServerRequest[];
  /** The rooms that exist, by name. */
  readonly rooms: ReadonlyMap<string, DailyServerRoom>;
  /** The calls that were put through: where each one went, by its id. */
  readonly calls: ReadonlyMap<string, string>;
  /** Lets the next requests go wrong, one after the other. */
  fail(...faults: readonly DailyServerFault[]): void;
}

/** How the server behaves where Daily has changed over time. */
export interface DailyServerOptions {
  /** Writes SIP addresses with `sip:`, as Daily documents today, or without, as it used to. */
  readonly sipPrefix?: boolean;
}

const KEY = "daily-key-7f3a";
const DOMAIN = "30f866c3-9123-452a-8723-ff58322d09c5";

/** Starts a server of its own. */
export function dailyServer({ sipPrefix = true }: DailyServerOptions = {}): DailyServer {
  const requests: DailyServerRequest[] = [];
  const rooms = new Map<string, DailyServerRoom>();
  const calls = new Map<string, string>();
  const faults: DailyServerFault[] = [];
  const released = Promise.withResolvers<void>();
  const mayCome = limiter();

  const sipOf = (name: string) => `${sipPrefix ? "sip:" : ""}${name}.0@example.sip.daily.co`;

  function roomObject({ name, privacy, properties }: DailyServerRoom) {
    const config = {
      ...properties,
      ...(properties.sip ? { sip_uri: { endpoint: sipOf(name), extra_endpoints: [] } } : {}),
    };
    const url = `https://example.daily.co/${name}`;
    const created_at = new Date().toISOString();
    return { id: crypto.randomUUID(), name, api_created: true, privacy, url, created_at, config };
  }

  const routes: Record<string, (name: string, body: Fields) => object | Promise<object>> = {
    "POST /rooms"(_, { name = crypto.randomUUID(), privacy = "public", properties = {} }) {
      check(typeof name === "string" && /^[A-Za-z0-9_-]{1,128}$/.test(name), `bad name '${name}'`);
      check(!rooms.has(name as string), `a room named ${name} already exists`);
      check(privacy === "public" || privacy === "private", `bad privacy '${privacy}'`);
      checkProperties(properties, ROOM);
      const { exp } = properties as Fields;
      check(exp === undefined || Number(exp) * 1000 > Date.now(), `exp '${exp}' has passed`);
      const room = { name, privacy, properties } as DailyServerRoom; // true: checked above
      rooms.set(room.name, room);
      return roomObject(room);
    },
    "GET /rooms/:name"(name) {
      const room = rooms.get(name);
      if (!room) throw new Refusal(404, "not-found", `room ${name} not found`);
      return roomObject(room);
    },
    "DELETE /rooms/:name"(name) {
      if (!rooms.delete(name)) throw new Refusal(404, "not-found", `room ${name} not found`);
      return { deleted: true, name };
    },
    async "POST /meeting-tokens"(_, { properties = {} }) {
      checkProperties(properties, TOKEN);
      const claims: Record<string, unknown> = { d: DOMAIN, iat: Math.floor(Date.now() / 1000) };
      for (const [name, value] of Object.entries(properties as Fields)) {
        claims[CLAIMS[name] ?? name] = value;
      }
      return { token: await signToken(claims) };
    },
    "POST /dialin/pinlessCallUpdate"(_, { callId, callDomain, sipUri }) {
      for (const value of [callId, callDomain, sipUri]) {
        check(typeof value === "string" && value !== "", "callId, callDomain, sipUri are required");
      }
      const uri = String(sipUri);
      check(
        [...rooms.keys()].some((name) => `sip:${sipOf(name).replace("sip:", "")}` === uri),
        `no room has the address ${uri}`,
      );
      check(!calls.has(String(callId)), "the call is not on hold");
      calls.set(String(callId), uri);
      return { ok: "true" };
    },
  };

  async function answer(request: DailyServerRequest, text: string): Promise<Response> {
    if (!/^Bearer \S+$/.test(request.authorization ?? "")) {
      throw new Refusal(400, "authorization-header-error", "bad Authorization header format");
    }
    if (request.authorization !== `Bearer ${KEY}`) {
      throw new Refusal(401, "authentication-error", `the key ${request.authorization} is unknown`);
    }
    const [, name = ""] = /^\/v1\/rooms\/([^/]+)$/.exec(request.path) ?? [];
    const path = name ? "/rooms/:name" : request.path.replace("/v1", "");
    const route = routes[`${request.method} ${path}`];
    if (!route) throw new Refusal(404, "not-found", `no ${request.method} ${request.path}`);
    if (!mayCome(request.method === "DELETE")) {
      throw new Refusal(429, "rate-limit-error", "too many requests");
    }
    let body = request.body;
    if (request.method === "POST") {
      if (request.contentType !== "application/json") body = undefined;
      if (typeof body !== "object" || body === null) {
        throw new Refusal(400, "json-parsing-error", `cannot parse '${text.slice(0, 40)}'`);
      }
    }
    // True: a POST has brought an object, and the other routes do not look at it.
    return Response.json(await route(decodeURIComponent(name), (body ?? {}) as Fields));
  }

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (incoming) => {
      const text = await incoming.text();
      const request: DailyServerRequest = {
        method: incoming.method,
        path: new URL(incoming.url).pathname,
        authorization: incoming.headers.get("authorization"),
        contentType: incoming.headers.get("content-type"),
        body: parse(text),
      };
      requests.push(request);
      const fault = faults.shift();
      if (fault?.carriedOut) await answer(request, text).catch(() => {});
      if (fault?.silent) await released.promise;
      if (fault) {
        const { status, headers = {}, body = null } = fault;
        return new Response(body, { status, headers });
      }
      return await answer(request, text).catch((error) => {
        if (!(error instanceof Refusal)) throw error;
        const { status, type, message } = error;
        return Response.json({ error: type, info: message }, { status });
      });
    },
  );
  return {
    environment: {
      DAILY_API_KEY: KEY,
      DAILY_API_URL: `http://127.0.0.1:${server.addr.port}/v1`,
    },
    requests,
    rooms,
    calls,
    fail: (...more) => void faults.push(...more),
    async [Symbol.asyncDispose]() {
      released.resolve();
      await server.shutdown();
    },
  };
}

/**
 * The claims of a token, under the names that Daily gives them in tokens.
 *
 * @throws {Error} When it was not signed by the server.
 */
export async function decodeToken(token: string): Promise<Record<string, unknown>> {
  const [header = "", claims = "", signature] = token.split(".");
  if (signature !== await sign(`${header}.${claims}`)) throw new Error("a bad signature");
  return JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")));
}

type Fields = Record<string, unknown>;

class Refusal extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, info: string) {
    super(info);
    this.status = status;
    this.type = type;
  }
}

function check(fine: boolean, info: string): void {
  if (!fine) throw new Refusal(400, "invalid-request-error", info);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How Daily limits requests: so many in a second, and in a longer window. */
function limiter(): (isDelete: boolean) => boolean {
  const times: Record<"most" | "delete", number[]> = { most: [], delete: [] };
  return (isDelete) => {
    const list = times[isDelete ? "delete" : "most"];
    const [perSecond, perWindow, window] = isDelete ? [2, 50, 30_000] : [20, 100, 5000];
    const now = performance.now();
    const within = (ms: number) => list.filter((time) => now - time < ms).length;
    if (within(1000) >= perSecond || within(window) >= perWindow) return false;
    list.push(now);
    return true;
  };
}

type Rule = (value: unknown) => boolean;
const boolean: Rule = (value) => typeof value === "boolean";
const string: Rule = (value) => typeof value === "string";
const seconds: Rule = (value) => Number.isSafeInteger(value) && Number(value) > 0;
const object: Rule = (value) => typeof value === "object" && value !== null;
const oneOf = (...values: unknown[]): Rule => (value) => values.includes(value);

const EITHER: Readonly<Record<string, Rule>> = {
  exp: seconds,
  nbf: seconds,
  eject_after_elapsed: seconds,
  enable_prejoin_ui: boolean,
  enable_screenshare: boolean,
  start_video_off: boolean,
  start_audio_off: boolean,
  enable_recording: oneOf("cloud", "cloud-audio-only", "local", "raw-tracks"),
  lang: string,
  permissions: object,
};
const ROOM: Readonly<Record<string, Rule>> = {
  ...EITHER,
  eject_at_room_exp: boolean,
  max_participants: (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= 200,
  enable_chat: boolean,
  enable_emoji_reactions: boolean,
  enable_people_ui: boolean,
  enable_knocking: boolean,
  enable_dialout: boolean,
  enable_transcription_storage: boolean,
  geo: oneOf(
    ...["af-south-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2", "ap-south-1"],
    ...["eu-central-1", "eu-west-2", "sa-east-1", "us-east-1", "us-west-2"],
  ),
  sip: (value) =>
    object(value) && string((value as Fields).display_name) &&
    (value as Fields).sip_mode === "dial-in",
  recordings_bucket: object,
};
const TOKEN: Readonly<Record<string, Rule>> = {
  ...EITHER,
  room_name: string,
  is_owner: boolean,
  eject_at_token_exp: boolean,
  user_name: string,
  user_id: (value) => string(value) && String(value).length <= 36,
};

function checkProperties(properties: unknown, rules: Readonly<Record<string, Rule>>): void {
  check(object(properties), "properties should be an object");
  for (const [name, value] of Object.entries(properties as Fields)) {
    const fine = rules[name]?.(value) ?? true;
    const wish = rules[name] === seconds
      ? "a number of seconds since the unix epoch"
      : "another value";
    check(fine, `${name} was '${value}' but should be ${wish}`);
  }
}

/** How Daily shortens the names of properties in tokens. */
const CLAIMS: Readonly<Record<string, string>> = {
  room_name: "r",
  is_owner: "o",
  user_id: "ud",
  user_name: "u",
  enable_recording: "er",
  enable_screenshare: "ss",
  start_video_off: "vo",
  start_audio_off: "ao",
  eject_at_token_exp: "ejt",
  eject_after_elapsed: "eje",
  lang: "uil",
  permissions: "p",
};

async function signToken(claims: Record<string, unknown>): Promise<string> {
  const head = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(JSON.stringify(claims))}`;
  return `${head}.${await sign(head)}`;
}

async function sign(text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = (value: string) => new TextEncoder().encode(value);
  const key = await crypto.subtle.importKey("raw", bytes(KEY), algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, bytes(text));
  return base64url(String.fromCharCode(...new Uint8Array(signature)));
}

function base64url(binary: string): string {
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
