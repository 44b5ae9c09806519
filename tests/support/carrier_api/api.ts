/**
 * What a carrier's REST API is to a test: it refuses what the real one refuses, and notes what it was
 * told to do. None of this shares code with the carriers of the runner.
 */

/** A call that the API knows. */
export interface ApiCall {
  /** Its id as the API names it. */
  readonly id: string;
  readonly to: string;
  readonly from: string;
  /** What answers with the stream, where the carrier asks. */
  readonly answerUrl?: string;
  /** The stream, where the carrier was told at once. */
  readonly streamUrl?: string;
  /** Where the carrier tells of the call. */
  readonly eventUrl?: string;
  /** Whether it finds out who answers. */
  readonly detects?: string;
}

/** A request, read. */
export interface ApiRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** What an API remembers. */
export interface ApiState {
  /** The calls that were dialled. */
  readonly dialled: ApiCall[];
  /** The ids of calls that are in progress, whoever began them. */
  readonly live: Set<string>;
  /** What it was told to do, in short words, such as `transfer c1 +1555`. */
  readonly told: string[];
}

/** The API of one carrier. */
export interface CarrierApi {
  /** The variables that lead the runner to it. */
  environment(origin: string): Readonly<Record<string, string>>;
  answer(request: ApiRequest, state: ApiState): Response | Promise<Response>;
}

export const ORIGIN = "https://bot.test";
const E164 = /^\+[1-9]\d{6,14}$/;

/** Tells whether a number is one that carriers dial. */
export function isE164(number: unknown): boolean {
  return typeof number === "string" && E164.test(number);
}

/** Tells whether an address is one that a carrier can reach. */
export function isReachable(url: unknown, protocol: "https:" | "wss:" = "https:"): boolean {
  return typeof url === "string" && URL.parse(url)?.protocol === protocol;
}

/** The names of fields that an API does not know. */
export function strangers(fields: object, known: readonly string[]): string[] {
  return Object.keys(fields).filter((name) => !known.includes(name));
}

/** What HTTP Basic brings. */
export function basicOf(headers: Headers): string {
  const [, encoded = ""] = /^Basic (\S+)$/.exec(headers.get("authorization") ?? "") ?? [];
  return atob(encoded);
}

/** A form; undefined where the request is none. */
export function formOf({ headers, body }: ApiRequest): Record<string, string> | undefined {
  const type = headers.get("content-type") ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) return undefined;
  return Object.fromEntries(new URLSearchParams(body));
}

/** A JSON object; undefined where the request is none. */
export function jsonOf({ headers, body }: ApiRequest): Record<string, unknown> | undefined {
  if (!(headers.get("content-type") ?? "").startsWith("application/json")) return undefined;
  const value: unknown = JSON.parse(body);
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

/** An API that listens. */
export interface RunningApi extends ApiState, AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;
}

/** Lets an API listen. */
export function listen(api: CarrierApi): RunningApi {
  const state: ApiState = { dialled: [], live: new Set(), told: [] };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const body = await request.text();
    const response = await api.answer({ method, path: pathname + search, headers, body }, state);
    response.headers.set("connection", "close"); // no idle connection outlives the test
    return response;
  });
  return {
    ...state,
    environment: api.environment(`http://127.0.0.1:${server.addr.port}`),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
