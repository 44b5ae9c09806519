/**
 * A phone call without a phone company.
 *
 * @module
 */
import type { Socket } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import { badOption } from "../core/options.ts";
import { socketFrom } from "../core/socket.ts";
import { type Caller, createCaller } from "./caller.ts";
import { SIMULATED } from "./carriers/mod.ts";
import { type CallOptions, parseCallOptions } from "./call_options.ts";
import { fastClock, realClock } from "./clock.ts";
import { type FetchTarget, memoryPlatform } from "./memory_platform.ts";
import {
  badAnswer,
  type CallParties,
  type SimulatedWebhook,
  type StreamOrder,
} from "./simulated_carrier.ts";

const DEFAULT_FROM = "+15550100001";
const DEFAULT_TO = "+15550100002";
const DEFAULT_ORIGIN = "https://bot.test";

/**
 * Calls a bot as a phone company does: sends the webhook, reads its answer, opens the stream and
 * plays its part in the carrier's protocol, more strictly than carriers do.
 *
 * @param target A runner in this process, or the URL of one anywhere.
 * @throws {RunnerError} `unreachable` when nobody answers at the URL, `webhook_refused` or
 * `stream_refused` with the status of the answer, `call_refused` when the answer turns the call
 * away, `bad_answer` when the carrier would not understand it; `bad_option` for an option that is
 * wrong, with what it takes.
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
  const server = typeof target === "string" || target instanceof URL
    ? remoteServer(new URL(target))
    : localServer(target, options.origin ?? DEFAULT_ORIGIN);
  const ids = carrier.identify();
  const { callId = ids.callId } = options;
  const parties = {
    ...ids,
    callId,
    // Where a call has one stream, that has the call's id.
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
    clock: options.clock ?? (pace === "fast" ? fastClock() : realClock),
    chaos,
    silence: options.clock === undefined && pace === "real",
    settled: server.settled,
  });
}

/** Where the runner is, and how to reach it. */
interface Server {
  readonly url: URL;
  fetch(request: Request): Promise<Response>;
  connect(url: URL, headers: Readonly<Record<string, string>>): Promise<Socket>;
  settled(): Promise<void>;
}

function localServer(target: FetchTarget, origin: string): Server {
  const platform = memoryPlatform();
  return {
    url: new URL(origin),
    fetch: async (request) => await target.fetch(request, platform),
    connect: (url, headers) => platform.connect(target, url, headers),
    settled: () => platform.settled(),
  };
}

function remoteServer(url: URL): Server {
  return {
    url,
    async fetch(request) {
      try {
        return await fetch(request);
      } catch (cause) {
        throw new RunnerError("unreachable", `Nobody answers at ${url.origin}.`, { cause });
      }
    },
    connect: openSocket,
    settled: () => Promise.resolve(),
  };
}

async function announce(
  server: Server,
  { carrier, webhook }: { readonly carrier: string; readonly webhook: SimulatedWebhook },
  parties: CallParties,
  options: CallOptions,
): Promise<StreamOrder> {
  const url = addressOf(server, options, `/${carrier}`);
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
    if (await other.text() !== text) throw badAnswer("a webhook that came again got another one.");
  }
  if (!response.ok) {
    throw new RunnerError("webhook_refused", `The webhook was refused: ${text.slice(0, 500)}`, {
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

/** The address that is asked for: a path that is given, else that of the server, else this one. */
function addressOf(server: Server, { path }: CallOptions, otherwise: string): URL {
  const url = new URL(server.url);
  if (path !== undefined || url.pathname === "/") url.pathname = path ?? otherwise;
  return url;
}

/** Where a stream is opened with no webhook. */
function streamAddress(server: Server, options: CallOptions): URL {
  const { streamUrl } = options;
  const address = streamUrl === undefined
    ? addressOf(server, options, "/ws")
    : new URL(streamUrl, server.url);
  address.protocol = address.protocol.replace("http", "ws");
  return address;
}

/** A WebSocket client that takes headers, as those of Deno, Node and Bun do beyond the standard. */
type WebSocketWithHeaders = new (
  url: URL,
  options: { readonly headers: Readonly<Record<string, string>> },
) => WebSocket;

function openSocket(url: URL, headers: Readonly<Record<string, string>>): Promise<Socket> {
  // The hosts that this runs on take headers; the standard's type does not tell.
  const WebSocketClient = WebSocket as WebSocketWithHeaders;
  const address = new URL(url);
  address.username = address.password = "";
  const webSocket = new WebSocketClient(address, { headers });
  const socket = socketFrom(webSocket);
  return new Promise((resolve, reject) => {
    webSocket.addEventListener("open", () => resolve(socket));
    void socket.closed.then(() =>
      reject(new RunnerError("stream_refused", "The server refused the WebSocket."))
    );
  });
}
