/**
 * What a carrier asks when the phone rings: `/<carrier>`, and `/` for the one chosen with `-t`.
 *
 * @module
 */
import type { Context, Hono } from "hono";
import { isRefusal } from "../core/admission.ts";
import type { StreamAnswer } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import type { CallDecision, OnCall } from "../core/incoming_call.ts";
import { command, forged, type Provider } from "../core/provider.ts";
import { publicUrl, type PublicUrlOptions, webSocketUrl } from "../core/public_url.ts";
import type { Sessions } from "../core/session.ts";
import { inSession } from "../core/session_context.ts";
import type { SessionStore } from "../core/store.ts";
import { issueToken } from "../core/token.ts";
import { parseJson, readBytes } from "./body.ts";
import type { AppEnv } from "./env.ts";
import { createRoutes } from "./hono.ts";

const MAX_WEBHOOK_BYTES = 64 << 10;
/** What a caller hears when no session is to be had. */
const BUSY = "All lines are busy. Please call again in a moment.";

/** What the webhooks need. */
export interface WebhookRoutesOptions extends PublicUrlOptions {
  /** The name of the bot, where the runner has several. */
  readonly name?: string;
  /** What stands before its paths, such as `/sales`. */
  readonly base: string;
  readonly store: SessionStore;
  readonly sessions: Sessions;
  readonly onCall?: OnCall;
}

/** The webhook of one carrier, at one path. */
export function webhookRoute(
  path: string,
  provider: Provider,
  options: WebhookRoutesOptions,
): Hono<AppEnv> {
  return createRoutes()
    .on(["GET", "POST"], path, async (c, next) => {
      // A browser that opens the runner's front page is no carrier.
      if (path === "/" && c.req.method !== "POST" && !c.req.raw.url.includes("?")) {
        return await next();
      }
      return await answerCall(c, provider, options);
    });
}

async function answerCall(
  c: Context<AppEnv>,
  provider: Provider,
  { store, sessions, onCall, base, name, ...urls }: WebhookRoutesOptions,
): Promise<Response> {
  const { carrier, account } = provider;
  const { method, headers } = c.req.raw;
  const url = publicUrl(c.req.raw, urls);
  const body = await readBytes(c.req.raw, MAX_WEBHOOK_BYTES);
  const request = { method, url, headers, body };
  if (account.verifyWebhook && !await account.verifyWebhook(request)) {
    throw forged(provider, url);
  }
  const parameters = { ...Object.fromEntries(url.searchParams), ...readBody(headers, body) };
  const { news, byCommand, ...call } = carrier.readWebhook(parameters);
  if (news) return c.body(null);

  const id = crypto.randomUUID();
  const visit = { client: () => call.from, call: true };
  const { decision, stream } = await sessions.reserve(id, visit, async () => {
    const decision = await onCall?.({
      ...(name === undefined ? {} : { bot: name }),
      carrier: carrier.name,
      ...call,
      parameters,
    });
    if (decision && !("body" in decision)) return { decision };
    const numbers = {
      ...(call.from === undefined ? {} : { from_number: call.from }),
      ...(call.to === undefined ? {} : { to_number: call.to }),
    };
    const token = await issueToken(store, {
      id,
      transport: carrier.name,
      body: decision ? decision.body : { ...parameters, ...numbers },
      call,
    });
    const stream = { url: webSocketUrl(url, `${base}/ws/${token}`).href, parameters: numbers };
    return { decision, stream } satisfies Answer;
  }).catch((error): Answer => {
    if (!isRefusal(error)) throw error;
    c.env.monitor?.refused?.(error.code);
    return { decision: { reject: BUSY } };
  });
  if (!stream) sessions.dismiss(id);
  if (byCommand) {
    if (!account.answerCall) {
      const names = carrier.variables.join(", ");
      throw new RunnerError("no_credentials", `To answer this call, set one of ${names}.`, {
        status: 500,
      });
    }
    const answer = (signal: AbortSignal) => account.answerCall!(call.callId, stream, signal);
    const answered = inSession(id, () => command(answer));
    c.env.platform?.waitUntil(answered);
    return c.body(null);
  }
  return stream ? carrier.answer(stream) : carrier.refuse(words(decision));
}

/** What becomes of a call: it is streamed, or what was decided is said instead. */
interface Answer {
  readonly decision?: CallDecision | void;
  readonly stream?: StreamAnswer;
}

/** The parameters in a body: a form, or JSON. */
function readBody(headers: Headers, bytes: Uint8Array<ArrayBuffer>): Record<string, unknown> {
  const text = new TextDecoder().decode(bytes);
  const type = headers.get("content-type") ?? "";
  if (!/\bjson\b/i.test(type)) return Object.fromEntries(new URLSearchParams(text));
  const value = parseJson(text);
  if (typeof value === "object" && value !== null) return { ...value };
  throw new RunnerError("bad_json", "The body is not a JSON object.");
}

function words(decision: object | undefined | void): string {
  return decision && "reject" in decision ? String(decision.reject) : "";
}
