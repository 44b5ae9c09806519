/**
 * `POST /dial`: who may have calls dialled, and the requests.
 *
 * @module
 */
import type { Context } from "hono";
import * as z from "../../core/zod.ts";
import { RunnerError } from "../../core/error.ts";
import { sha256 } from "../../core/hash.ts";
import type { DialledCall, DialOptions } from "../../core/phone_call.ts";
import { CARRIER_NAMES } from "../../core/transport_names.ts";
import { readText } from "../../http/body.ts";
import type { AppEnv } from "../../http/env.ts";
import { parseBody, parseFields } from "../../http/protocol.ts";
import { publicUrl, type PublicUrlOptions } from "../../http/public_url.ts";
import { traceparentOf } from "../../http/start.ts";
import type { StartGuard } from "../../http/start_guard.ts";
import { firstAnswer } from "../../sessions/first_answer.ts";
import type { OnceStore } from "../../sessions/once.ts";
import { dialCall, type DiallerOptions } from "./dial.ts";

/** The largest request, in bytes: as that of `POST /start`. */
const MOST_BYTES = 1_000_000;
/** How long the answer to an `Idempotency-Key` is remembered, in ms. */
const REMEMBER_MS = 24 * 60 * 60_000;
/** The longest key, in characters. */
const LONGEST_KEY = 255;

const DialRequest: z.ZodMiniType<DialOptions> = z.object({
  transport: z.enum(CARRIER_NAMES),
  to: z.string(),
  from: z.optional(z.string()),
  body: z.optional(z.unknown()),
  machineDetection: z.optional(z.union([z.boolean(), z.literal("greeting")])),
});

/**
 * Reads a call to make.
 *
 * @throws {RunnerError} `bad_request`; the message names the field.
 */
export function parseDial(order: unknown): DialOptions {
  return parseFields(DialRequest, order);
}

/** What the route needs. */
export interface DialRouteOptions extends DiallerOptions, PublicUrlOptions {
  readonly guard: StartGuard;
  /** Whether a start token is set: without, nobody has a call dialled. */
  readonly guarded: boolean;
  readonly once: OnceStore;
  /** The name of the bot, if the runner has several. */
  readonly name?: string;
}

/** What a key was answered. */
type KeyedAnswer =
  & { readonly hash: string }
  & ({ readonly call: DialledCall } | { readonly uncertain: string });

/**
 * Answers `POST /dial`. With an `Idempotency-Key` the same request may be sent again: the phone rings
 * once, and all get the same answer.
 *
 * @throws {RunnerError} `dial_off` with status 403 without a start token, those of the guard,
 * `key_reused` with status 422 for a key that was used for another request, and those of
 * {@link dialCall}.
 */
export async function answerDial(c: Context<AppEnv>, options: DialRouteOptions): Promise<Response> {
  if (!options.guarded) {
    throw new RunnerError("dial_off", "To dial, set a start token: startToken (--start-token).");
  }
  await options.guard(c);
  const text = await readText(c.req.raw, MOST_BYTES);
  const order = parseBody(text, DialRequest);
  const known = options.publicUrl !== undefined || options.trustProxy;
  const context = {
    origin: known ? publicUrl(c.req.raw, options) : undefined,
    client: c.env.client,
    stored: text.length / MOST_BYTES,
    traceparent: traceparentOf(c),
  };
  const dial = () => dialCall(order, context, options);
  const call = await once(c.req.header("idempotency-key"), text, dial, options);
  return c.json(call, 200, { "x-session-id": call.sessionId });
}

async function once(
  key: string | undefined,
  text: string,
  dial: () => Promise<DialledCall>,
  { once, name = "" }: DialRouteOptions,
): Promise<DialledCall> {
  if (key === undefined) return await dial();
  if (key.length > LONGEST_KEY) {
    throw new RunnerError("bad_request", "The Idempotency-Key is too long.");
  }
  const hash = await sha256(text);
  const decide = async (): Promise<KeyedAnswer> => {
    try {
      return { hash, call: await dial() };
    } catch (error) {
      // Who asks again must not let the phone ring twice.
      if (error instanceof RunnerError && error.code === "dial_uncertain") {
        return { hash, uncertain: error.message };
      }
      throw error;
    }
  };
  const keeping = { ttl: REMEMBER_MS };
  const { answer } = await firstAnswer(once, `dial:${name}:${key}`, decide, keeping);
  if (answer.hash !== hash) {
    throw new RunnerError("key_reused", "This Idempotency-Key was used for a different request.");
  }
  if ("call" in answer) return answer.call;
  throw new RunnerError("dial_uncertain", answer.uncertain);
}
