/**
 * What a carrier asks when the phone rings: `/<carrier>`, and `/` for the one chosen with `-t`.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { StreamAnswer } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import type { OnCall } from "../core/incoming_call.ts";
import { command, forged, type Provider } from "../core/provider.ts";
import { publicUrl, type PublicUrlOptions, webSocketUrl } from "../core/public_url.ts";
import type { SessionStore } from "../core/store.ts";
import { issueToken } from "../core/token.ts";
import type { AppEnv } from "./env.ts";

const MAX_WEBHOOK_BYTES = 64 << 10;

/** What the webhooks need. */
export interface WebhookRoutesOptions extends PublicUrlOptions {
  readonly store: SessionStore;
  readonly onCall?: OnCall;
}

/** The webhook of one carrier, at one path. */
export function webhookRoute(
  path: string,
  provider: Provider,
  options: WebhookRoutesOptions,
): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .use(path, bodyLimit({ maxSize: MAX_WEBHOOK_BYTES, onError: tooLarge }))
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
  { store, onCall, ...urls }: WebhookRoutesOptions,
): Promise<Response> {
  const { carrier, account } = provider;
  const { method, headers } = c.req.raw;
  const url = publicUrl(c.req.raw, urls);
  const body = new Uint8Array(await c.req.arrayBuffer());
  const request = { method, url, headers, body };
  if (account.verifyWebhook && !await account.verifyWebhook(request)) {
    throw forged(provider, url);
  }
  const parameters = { ...Object.fromEntries(url.searchParams), ...readBody(headers, body) };
  const { news, byCommand, ...call } = carrier.readWebhook(parameters);
  if (news) return c.body(null);

  const decision = await onCall?.({ carrier: carrier.name, ...call, parameters });
  let stream: StreamAnswer | undefined;
  if (!decision || "body" in decision) {
    const numbers = {
      ...(call.from === undefined ? {} : { from_number: call.from }),
      ...(call.to === undefined ? {} : { to_number: call.to }),
    };
    const token = await issueToken(store, {
      id: crypto.randomUUID(),
      transport: carrier.name,
      body: decision ? decision.body : { ...parameters, ...numbers },
      call,
    });
    stream = { url: webSocketUrl(url, `/ws/${token}`).href, parameters: numbers };
  }
  if (byCommand) {
    if (!account.answerCall) {
      const names = carrier.variables.join(", ");
      throw new RunnerError("no_credentials", `To answer this call, set one of ${names}.`, {
        status: 500,
      });
    }
    const answered = command((signal) => account.answerCall!(call.callId, stream, signal));
    c.env.platform?.waitUntil(answered);
    return c.body(null);
  }
  return stream ? carrier.answer(stream) : carrier.refuse(words(decision));
}

/** The parameters in a body: a form, or JSON. */
function readBody(headers: Headers, bytes: Uint8Array<ArrayBuffer>): Record<string, unknown> {
  const text = new TextDecoder().decode(bytes);
  const type = headers.get("content-type") ?? "";
  if (!/\bjson\b/i.test(type)) return Object.fromEntries(new URLSearchParams(text));
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // The same error as for JSON that is no object.
  }
  throw new RunnerError("bad_json", "The body is not a JSON object.");
}

function words(decision: object | undefined | void): string {
  return decision && "reject" in decision ? String(decision.reject) : "";
}

function tooLarge(): never {
  throw new RunnerError("too_large", `The body is larger than ${MAX_WEBHOOK_BYTES} bytes.`, {
    status: 413,
  });
}
