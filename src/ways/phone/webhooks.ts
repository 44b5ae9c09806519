/**
 * What a carrier asks when the phone rings: `/<carrier>`, and `/` for the one chosen with `-t`.
 *
 * @module
 */
import { getLogger, inSession } from "../../core/log.ts";
import type { Context, Handler } from "hono";
import type { FirstAnswer } from "../../sessions/first_answer.ts";
import { hasNoRoom, isRefusal } from "../../sessions/refusal.ts";
import type { TelephonyTransportName } from "../../core/bot.ts";
import type { CarrierCall, CarrierNews } from "../../core/carrier.ts";
import type { StreamAnswer } from "../../core/carrier_commands.ts";
import { RunnerError } from "../../core/error.ts";
import type { OnCall } from "../../core/incoming_call.ts";
import { isLocalRequest } from "../../http/local_request.ts";
import type { CallAnswer, PhoneCalls } from "../../sessions/phone_calls.ts";
import { type AskingProvider, carrierOff, command, needed, type Provider } from "./provider.ts";
import { type PublicUrlOptions, webSocketUrl } from "../../http/public_url.ts";
import type { OnceStore } from "../../sessions/once.ts";
import type { Sessions } from "../../sessions/session.ts";
import type { SessionStore } from "../../sessions/store.ts";
import { dropToken, issueToken, readToken } from "../../sessions/token.ts";
import { wrongMethod } from "../../http/border.ts";
import type { AppEnv } from "../../http/env.ts";
import { traceparentOf } from "../../http/start.ts";
import { documentResponse } from "./carriers/xml.ts";
import { documentKey } from "./webhook_document.ts";
import { receiveWebhook, type Webhook } from "./webhook_request.ts";

const logger = getLogger(["pipecat", "runner", "telephony"]);

/** What a caller hears if there is no place. */
const BUSY = "All lines are busy. Please call again in a moment.";

/** What the webhooks need. */
export interface WebhookRoutesOptions extends PublicUrlOptions {
  /** The name of the bot, if the runner has several. */
  readonly name?: string;
  /** The prefix of its paths, such as `/sales`. */
  readonly base: string;
  readonly store: SessionStore;
  readonly sessions: Sessions;
  readonly calls: PhoneCalls;
  readonly once: OnceStore;
  readonly onCall?: OnCall;
}

/** Answers the webhook of one carrier. */
export function webhookHandler(
  provider: AskingProvider,
  options: WebhookRoutesOptions,
): Handler<AppEnv> {
  return async (c) => {
    // A HEAD is not to answer a call.
    if (!["GET", "POST"].includes(c.req.method)) return wrongMethod("GET", "POST")(c);
    // A token belongs to a dialled call, or to a document that the carrier was told to fetch.
    if (provider.off && !c.req.param("token")) throw carrierOff(provider);
    return await answerWebhook(c, provider, options);
  };
}

async function answerWebhook(
  c: Context<AppEnv>,
  provider: AskingProvider,
  options: WebhookRoutesOptions,
): Promise<Response> {
  const { carrier, webhook: protocol } = provider;
  const { calls, sessions, store, once } = options;
  const webhook = await receiveWebhook(c.req.raw, provider, options);
  const dialled = c.req.param("token");
  // While the store is away nothing is found in it, and what follows tells the caller.
  const document = dialled && await once.get(documentKey(dialled)).catch(unlessRefused);
  if (document) return documentResponse(document);
  const told = protocol.read(webhook.parameters);
  if (told.kind === "news") {
    await hearNews(told, carrier.name, options);
    return c.body(null);
  }
  const { call, byCommand } = told;
  const name = { carrier: carrier.name, callId: call.callId };
  if (byCommand) checkCommand(c, provider, webhook, options);

  let decided: CallAnswer | undefined;
  let found: FirstAnswer<CallAnswer>;
  try {
    found = await calls.answer(name, async () => {
      for (const signature of webhook.signatures) {
        if (!await calls.bind(name, signature)) throw replayed(provider);
      }
      return decided = await (dialled
        ? decideDialled(c, { carrier: carrier.name, token: dialled }, options)
        : decide(c, provider, { call, webhook, options }));
    });
  } catch (error) {
    const other = hasNoRoom(error) && await c.env.others?.take();
    if (other) return other;
    if (c.env.forwarded) throw error; // the forwarding process asks the next one
    // Another process may still decide, and a command would end the call.
    if (byCommand && error instanceof RunnerError && error.code === "not_answered") throw error;
    found = { answer: busy(c, error), first: true };
  }
  const { answer, first } = found;
  // The call has ended while it was decided on.
  if (decided?.kind === "stream" && !first) {
    sessions.dismiss(decided.sessionId);
    await dropToken(store, decided.token);
  }
  const stream = answer.kind === "stream"
    ? streamOf(answer.token, call, webhook, options)
    : undefined;
  if (stream && !isLocal(c)) warnOfPlainStream(stream, provider);
  if (byCommand) {
    if (first) commandAnswer(c, provider, { callId: call.callId, stream, answer });
    return c.body(null);
  }
  if (stream) return protocol.answer(stream);
  return protocol.refuse(answer.kind === "refused" ? answer.words : "");
}

/** Undefined instead of an error that means that there is no place. */
function unlessRefused(error: unknown): undefined {
  if (!isRefusal(error)) throw error;
}

/** Notes what a carrier reports about a call. */
async function hearNews(
  { callId, over, answeredBy }: CarrierNews,
  carrier: TelephonyTransportName,
  { calls, sessions }: WebhookRoutesOptions,
): Promise<void> {
  if (callId === undefined) return;
  const call = { carrier, callId };
  if (answeredBy) await calls.setVerdict(call, answeredBy);
  if (!over) return;
  const answered = await calls.over(call);
  if (answered?.kind === "stream") sessions.dismiss(answered.sessionId);
}

/** Answers a call that was dialled, and is picked up: its session waits. */
async function decideDialled(
  c: Context<AppEnv>,
  { carrier, token }: { readonly carrier: TelephonyTransportName; readonly token: string },
  { store, sessions }: WebhookRoutesOptions,
): Promise<CallAnswer> {
  const record = await readToken(store, token);
  if (record?.call?.direction !== "outbound" || record.transport !== carrier) {
    return { kind: "refused", words: "" };
  }
  const { id: sessionId } = record;
  try {
    return await sessions.reserve(
      sessionId,
      { call: true, promised: true },
      () => Promise.resolve({ kind: "stream", sessionId, token }),
    );
  } catch (error) {
    return busyHere(c, error);
  }
}

/** A decided call, and what is known about it. */
interface Ringing {
  readonly call: CarrierCall;
  readonly webhook: Webhook;
  readonly options: WebhookRoutesOptions;
}

/** Decides on a call that is new: it gets a place and a token, or is turned away. */
async function decide(
  c: Context<AppEnv>,
  { carrier }: Provider,
  { call, webhook, options: { store, sessions, onCall, name } }: Ringing,
): Promise<CallAnswer> {
  const id = await sessions.newId();
  const { parameters, signed } = webhook;
  const take = async (): Promise<CallAnswer> => {
    const bot = name === undefined ? {} : { bot: name };
    const decision = await onCall?.({ ...bot, carrier: carrier.name, ...call, parameters });
    if (decision && !("body" in decision)) {
      sessions.dismiss(id);
      return { kind: "refused", words: String(decision.reject) };
    }
    const body = decision ? decision.body : { ...parameters, ...numbersOf(call) };
    const proof = signed ? { signed } : {};
    const record = { id, transport: carrier.name, body, call, ...proof } as const;
    const token = await issueToken(store, { ...record, traceparent: traceparentOf(c) });
    return { kind: "stream", sessionId: id, token };
  };
  try {
    return await sessions.reserve(id, { client: () => call.from, call: true }, take);
  } catch (error) {
    return busyHere(c, error);
  }
}

/** Turns a call away, unless another process may have room: that decides, so nothing is remembered. */
function busyHere(c: Context<AppEnv>, error: unknown): CallAnswer {
  if (c.env.others ?? c.env.forwarded) throw error;
  return busy(c, error);
}

/** Rejects a call if there is no place. */
function busy(c: Context<AppEnv>, error: unknown): CallAnswer {
  if (!isRefusal(error)) throw error;
  c.env.monitor?.refused?.(error.code);
  return { kind: "refused", words: BUSY };
}

/**
 * Checks that a call may be answered by a command.
 *
 * @throws {RunnerError} `no_credentials` without the means, `not_signed` if anybody may have asked.
 */
function checkCommand(
  c: Context<AppEnv>,
  provider: Provider,
  { signed }: Webhook,
  { publicUrl }: PublicUrlOptions,
): void {
  const { carrier } = provider;
  needed(provider, "answerCall");
  // A stranger would have us command calls, with a stream to the host that he names.
  if (signed || (publicUrl === undefined && isLocal(c))) return;
  logger.warn(
    "A call was not answered, because nothing proves that it is from {carrier}: set {variables}",
    {
      carrier: carrier.name,
      variables: carrier.secret,
    },
  );
  const detail = `Only signed calls are answered here: set ${carrier.secret}.`;
  throw new RunnerError("not_signed", detail);
}

/** Answers a call, or turns it away, by a command that is not waited for. */
function commandAnswer(
  c: Context<AppEnv>,
  provider: Provider,
  { callId, stream, answer }: {
    readonly callId: string;
    readonly stream: StreamAnswer | undefined;
    readonly answer: CallAnswer;
  },
): void {
  const id = answer.kind === "stream" ? answer.sessionId : crypto.randomUUID();
  const send = (signal: AbortSignal) => needed(provider, "answerCall")(callId, stream, signal);
  const sent = inSession(id, () => command(send)); // even without a platform
  c.env.platform?.waitUntil(sent);
}

function streamOf(
  token: string,
  call: CarrierCall,
  { url }: Webhook,
  { base }: WebhookRoutesOptions,
): StreamAnswer {
  const address = webSocketUrl(url, `${base}/ws/${token}`);
  return { callId: call.callId, url: address.href, parameters: numbersOf(call) };
}

/** The numbers, under the names that Pipecat's bots look for. */
function numbersOf({ from, to }: CarrierCall): Record<string, string> {
  return {
    ...(from === undefined ? {} : { from_number: from }),
    ...(to === undefined ? {} : { to_number: to }),
  };
}

/** No carrier streams without TLS: behind a tunnel, the runner must be told about it. */
function warnOfPlainStream({ url }: StreamAnswer, { carrier }: Provider): void {
  if (!url.startsWith("ws:")) return;
  logger.error(
    "{carrier} is told to stream to {url}, but carriers stream only to wss:. Behind a proxy or a " +
      "tunnel with TLS, name its host (--proxy, publicUrl) or trust its headers (--trust-proxy)",
    { carrier: carrier.name, url: new URL(url).origin },
  );
}

function isLocal(c: Context<AppEnv>): boolean {
  return isLocalRequest(c.req.raw, c.env.client?.());
}

function replayed({ carrier }: Provider): RunnerError {
  logger.warn("Refused a request with a signature that {carrier} made for another call", {
    carrier: carrier.name,
  });
  return new RunnerError("bad_signature", "This signature belongs to another call.");
}
