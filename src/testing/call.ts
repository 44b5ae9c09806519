/**
 * A phone call without a phone company.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { badOption } from "../core/options.ts";
import { createBotWords } from "./bot_words.ts";
import { type Caller, createCaller } from "./caller.ts";
import { SIMULATED } from "./carriers/mod.ts";
import { type CallOptions, parseCallOptions } from "./call_options.ts";
import type { FetchTarget } from "./memory_platform.ts";
import { clockOf } from "./pace.ts";
import { refusalIn } from "./refusal.ts";
import { routeAddress } from "./route_address.ts";
import { type Server, serverOf } from "./server.ts";
import {
  badAnswer,
  type CallParties,
  type SimulatedWebhook,
  type StreamOrder,
} from "./simulated_carrier.ts";

const DEFAULT_FROM = "+15550100001";
const DEFAULT_TO = "+15550100002";

/**
 * Calls a bot as a phone company does: sends the webhook, reads its answer, opens the stream and
 * plays the carrier's part of the protocol, more strictly than carriers do.
 *
 * @param target A runner in this process, or the URL of any runner, or of one of its bots.
 * @throws {RunnerError} `unreachable` if nothing answers at the URL, `webhook_refused` or
 * `stream_refused` with the status of the answer, `call_refused` if the answer rejects the call,
 * `bad_answer` if the carrier would not understand it; `bad_option` for a wrong option, with what
 * it takes.
 *
 * @example
 * ```ts
 * import { createRunner } from "@pipecat/runner";
 * import { call } from "@pipecat/runner/testing";
 *
 * const runner = createRunner((args) => console.log("called by way of", args.transport));
 * await using caller = await call(runner, { carrier: "twilio", from: "+15551234567" });
 * await caller.ended;
 * ```
 */
export async function call(
  target: FetchTarget | string | URL,
  given: CallOptions,
): Promise<Caller> {
  const options = parseCallOptions(given);
  const { secret, pace = "real", chaos = {} } = options;
  const carrier = SIMULATED[options.carrier];
  if (chaos.bothTracks && !carrier.namesTracks) {
    throw badOption("chaos.bothTracks", `false with ${carrier.name}, which streams one track`);
  }
  const clock = options.clock ?? clockOf(pace);
  const told = createBotWords();
  const server = serverOf(target, { ...options, clock, observer: told.observer });
  const ids = carrier.identify();
  const { callId = ids.callId } = options;
  const parties = {
    ...ids,
    callId,
    // A call with one stream has the call's id for it.
    ...(ids.streamId === ids.callId ? { streamId: callId } : {}),
    from: options.from ?? DEFAULT_FROM,
    to: options.to ?? DEFAULT_TO,
  };
  const { webhook } = carrier;
  const order = options.streamUrl === undefined && webhook
    ? await announce(server, { carrier: carrier.name, webhook }, parties, options)
    : carrier.directStream(streamAddress(server, options), parties, options.params ?? {});
  const headers = await carrier.upgradeHeaders(order.url, secret);
  return createCaller({
    line: carrier.line(order, parties),
    socket: await server.connect(order.url, headers),
    parties,
    streamUrl: order.url.href,
    clock,
    chaos,
    silence: pace === "virtual" || options.clock === undefined && pace === "real",
    told,
    settled: server.settled,
  });
}

async function announce(
  server: Server,
  { carrier, webhook }: { readonly carrier: string; readonly webhook: SimulatedWebhook },
  parties: CallParties,
  options: CallOptions,
): Promise<StreamOrder> {
  const url = addressOf(server, options, carrier);
  const { secret } = options;
  const posts = webhook.signsBodies && secret !== undefined;
  const method = options.method ?? (posts ? "POST" : webhook.method);
  const { params = {}, chaos: { repeats = 0 } = {} } = options;
  const first = await webhook.request({ url, method, parties, params, secret });
  const copies = Array.from({ length: repeats }, () => first.clone());
  const [response, ...others] = await Promise.all(
    [first, ...copies].map((request) => server.fetch(request)),
  ) as [Response, ...Response[]]; // as many as were sent
  const text = await response.text();
  for (const other of others) {
    if (await other.text() !== text) throw badAnswer("a repeated webhook got a different answer.");
  }
  if (!response.ok) {
    throw new RunnerError("webhook_refused", `The webhook was refused: ${refusalIn(text)}`, {
      answered: response.status,
    });
  }
  const [contentType = ""] = (response.headers.get("content-type") ?? "").split(";");
  const order = webhook.readAnswer({ contentType: contentType.trim(), text });
  // No carrier connects without TLS, but a server on this machine has none.
  if (order.url.protocol === "ws:" && url.protocol === "https:") {
    throw badAnswer("the address of the stream is not wss.");
  }
  return order;
}

/** The address of the request: a given path, else a route of the server. */
function addressOf(server: Server, { path }: CallOptions, route: string): URL {
  if (path === undefined) return routeAddress(server.url, route);
  const url = new URL(server.url);
  url.pathname = path;
  return url;
}

/** Where a stream without a webhook is opened. */
function streamAddress(server: Server, options: CallOptions): URL {
  const { streamUrl } = options;
  const address = streamUrl === undefined
    ? addressOf(server, options, "ws")
    : new URL(streamUrl, server.url);
  address.protocol = address.protocol.replace("http", "ws");
  return address;
}
