/**
 * Serves a bot from a Cloudflare Worker, with a Durable Object for each session.
 *
 * A Worker keeps nothing between two requests that may not be lost: the next one may be answered on
 * another machine. So the record of a session, its WebSocket and its bot are in one object, and the
 * requests of a session are handed to it.
 *
 * @module
 */
import type { Bot } from "../core/bot.ts";
import type { Bots } from "../sessions/bots.ts";
import { boundedStore } from "../sessions/bounded_store.ts";
import { RunnerError } from "../core/error.ts";
import { parseOptions } from "../core/options.ts";
import { isBelow } from "../core/origin.ts";
import type { Platform } from "../core/platform.ts";
import { isSelfRoutingId } from "../nodes/self_routing_id.ts";
import { socketFrom, type WebSocketLike } from "../core/socket.ts";
import { sessionKey, type SessionStore } from "../sessions/store.ts";
import { readToken, tokenOf } from "../sessions/token.ts";
import { asksForWebSocket, subprotocolOf, upgradeRequired } from "../core/upgrade.ts";
import { compose, type Composed } from "../compose.ts";
import { PORTABLE_OPTIONS, type PortableOptions } from "../portable_options.ts";
import type { MakeWay } from "../ways/way.ts";
import { CARRIERS } from "../ways/phone/carriers/mod.ts";
import { uploadsOff } from "../features/uploads/off.ts";
import { readStart } from "../http/protocol.ts";
import {
  daily,
  dialling,
  forwardedWebrtc,
  livekitTokens,
  phone,
  websocket,
} from "./worker_ways.ts";
import { answerRecord, isRecordRequest, ObjectStore, type RecordStorage } from "./workers_store.ts";

export {
  type DurableObjectNamespaceLike,
  type DurableObjectStubLike,
  type ObjectStore,
  objectStore,
  type RecordStorage,
} from "./workers_store.ts";

export { asterisk } from "../ways/phone/carriers/asterisk.ts";
export { exotel } from "../ways/phone/carriers/exotel.ts";
export { plivo } from "../ways/phone/carriers/plivo.ts";
export { telnyx } from "../ways/phone/carriers/telnyx.ts";
export { twilio } from "../ways/phone/carriers/twilio.ts";
export { vonage } from "../ways/phone/carriers/vonage.ts";
export { files, page } from "../features/files.ts";
export type { FileStorage, IncomingFile, StoredFile } from "../core/file_storage.ts";
export type { UploadOptions } from "../features/uploads/uploads.ts";
export { uploads } from "./worker_uploads.ts";
export { daily, dialling, forwardedWebrtc, livekitTokens, phone, websocket };

/** As much of a Worker's `ExecutionContext` as is used. */
export interface ExecutionContextLike {
  /** Keeps the Worker alive until the promise settles. */
  waitUntil(promise: Promise<unknown>): void;
}

/**
 * Settings of a {@link worker}: a runner's, without the media that no Worker has. A page or files
 * come in through `use`: see {@link page} and {@link files}.
 */
export type WorkerOptions = PortableOptions;

/** What a Worker's script exports as its default. */
export interface WorkerHandler<Bindings> {
  /** Answers a request. */
  fetch(request: Request, env: Bindings, context: ExecutionContextLike): Promise<Response>;
}

/** As much of a `DurableObjectState` as is used. */
export interface DurableObjectStateLike extends ExecutionContextLike {
  /** Where the object keeps its data. */
  readonly storage: RecordStorage;
}

/** What {@link worker} was called with. */
interface Script {
  readonly ways: readonly MakeWay[];
  readonly bot: Bot | Bots;
  readonly configure: (env: unknown) => WorkerOptions;
}

/** A script has one Worker, and the objects of its sessions run the same bot. */
const script: { current?: Script } = {};

/**
 * Makes a Worker of a bot: `export default worker(bot, …)`.
 *
 * With an `objectStore` as the store, a session that `POST /start` or a carrier's webhook began runs
 * in the Durable Object of that session, and so do its routes below `/sessions/:id/`.
 *
 * It has every way in that ends in a Worker. WebRTC on media nodes ends elsewhere, and is named: see
 * {@link workerWith}.
 *
 * @param configure Makes the runner's options of the Worker's bindings. The carriers' secrets are
 * read from the bindings that are texts, unless `environment` is given.
 *
 * @example
 * ```ts ignore
 * import { objectStore, worker } from "@pipecat/runner/workers";
 * import { bot } from "./bot.ts";
 *
 * export { SessionObject } from "@pipecat/runner/workers";
 * export default worker<Env>(bot, (env) => ({ store: objectStore(env.SESSIONS) }));
 * ```
 */
export function worker<Bindings extends object = Record<string, unknown>>(
  bot: Bot | Bots,
  configure?: (env: Bindings) => WorkerOptions,
): WorkerHandler<Bindings> {
  const carriers = Object.values(CARRIERS);
  const ways = [daily, livekitTokens, phone(...carriers), dialling(...carriers), websocket];
  return workerWith(ways, bot, configure);
}

/**
 * The same with only these ways: others are not in the bundle. With `dialling(twilio)` among them
 * it dials calls through Twilio, and with `forwardedWebrtc()` it forwards WebRTC to its
 * `mediaNodes`.
 *
 * @example
 * ```ts ignore
 * import { phone, twilio, websocket, workerWith } from "@pipecat/runner/workers";
 * import { bot } from "./bot.ts";
 *
 * export { SessionObject } from "@pipecat/runner/workers";
 * export default workerWith([phone(twilio), websocket], bot);
 * ```
 */
export function workerWith<Bindings extends object = Record<string, unknown>>(
  ways: readonly MakeWay[],
  bot: Bot | Bots,
  configure: (env: Bindings) => WorkerOptions = () => ({}),
): WorkerHandler<Bindings> {
  // The objects of a script are given the same bindings as its Worker.
  const current = { ways, bot, configure: (env: unknown) => configure(env as Bindings) };
  script.current = current;
  const workers = new WeakMap<Bindings, WorkerRunner>();
  return {
    async fetch(request, env, context) {
      let known = workers.get(env);
      if (!known) workers.set(env, known = createWorkerRunner(current, env));
      const { runner, objects, basePath } = known;
      // What has an address that cannot be read is the runner's to refuse.
      if (objects && URL.canParse(request.url)) {
        try {
          const session = await sessionOf(request, basePath, runner.bots, objects.records);
          if (session !== undefined) return await objects.store.forward(session, request);
        } catch (error) {
          if (error instanceof RunnerError) return error.toResponse();
          throw error;
        }
      }
      return await runner.fetch(request, platformOf(context, request));
    },
  };
}

/**
 * The Durable Object of a session: it holds the session's record for as long as that is good, and
 * runs the bot on the session's WebSocket. Export it from the script that exports {@link worker}.
 */
export class SessionObject {
  #state: DurableObjectStateLike;
  #env: unknown;
  #runner: Composed | undefined;

  /** Called by Workers. */
  constructor(state: DurableObjectStateLike, env: unknown) {
    this.#state = state;
    this.#env = env;
  }

  /** Answers a request of the session, or of the store. */
  async fetch(request: Request): Promise<Response> {
    if (isRecordRequest(request)) return await answerRecord(request, this.#state.storage);
    if (!script.current) {
      throw new RunnerError(
        "no_worker",
        "Export worker(bot) from the script that exports SessionObject.",
      );
    }
    this.#runner ??= createWorkerRunner(script.current, this.#env).runner;
    return await this.#runner.fetch(request, platformOf(this.#state, request));
  }

  /** Forgets the record, whose time is over. */
  async alarm(): Promise<void> {
    await this.#state.storage.deleteAll();
  }
}

/** The runner of some bindings. */
interface WorkerRunner {
  readonly runner: Composed;
  /** Where its sessions are, if each has an object; and their records, read in time or not at all. */
  readonly objects: { readonly store: ObjectStore; readonly records: SessionStore } | undefined;
  readonly basePath: string | undefined;
}

/** Puts the bot behind one `fetch`, with the options that the bindings make. */
function createWorkerRunner({ ways, bot, configure }: Script, env: unknown): WorkerRunner {
  const options = parseOptions<WorkerOptions>(PORTABLE_OPTIONS, configure(env));
  const texts = Object.entries(env ?? {}).filter(([, value]) => typeof value === "string");
  const settings = { environment: Object.fromEntries(texts), ...options };
  const runner = compose({ ways, readStart, features: uploadsOff }, bot, settings);
  const { mediaNodes = [], transport = "webrtc" } = options;
  if (
    mediaNodes.length > 0 && transport === "webrtc" && !runner.root.transports.includes(transport)
  ) {
    const detail = "mediaNodes needs forwardedWebrtc() among the ways of workerWith.";
    throw new RunnerError("bad_option", detail);
  }
  const { store, basePath } = options;
  const objects = store instanceof ObjectStore
    ? { store, records: boundedStore(store).store }
    : undefined;
  return { runner, objects, basePath };
}

/** The session that a request belongs to; undefined if it belongs to none yet. */
async function sessionOf(
  request: Request,
  basePath = "",
  bots: readonly string[],
  store: SessionStore,
): Promise<string | undefined> {
  const { pathname } = new URL(request.url);
  if (!isBelow(pathname, basePath)) return undefined;
  const [first = "", ...rest] = pathname.slice(basePath.length).split("/").slice(1).map(decoded);
  const [route, key] = bots.includes(first) ? rest : [first, ...rest];
  // A session of a media node has no object here.
  if (route === "sessions") return key && !isSelfRoutingId(key) ? key : undefined;
  if (route !== "ws" && route !== "ws-client") return undefined;
  const token = tokenOf(request, key || undefined);
  if (token === undefined) return undefined;
  const record = await readToken(store, token) ?? await store.get(sessionKey(token));
  return record?.id;
}

/** A part of a path as the router reads it. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray percent sign
  }
}

/** As much of the globals of Workers as is used. */
interface WorkersGlobals {
  readonly WebSocketPair: new () => { readonly 0: WebSocketLike; readonly 1: ServerWebSocket };
}

interface ServerWebSocket extends WebSocketLike {
  accept(): void;
}

const CLOSING = 2;

function platformOf(context: ExecutionContextLike, { headers }: Request): Platform {
  return {
    ownTimers: true,
    upgrade(request) {
      if (!asksForWebSocket(request)) throw upgradeRequired();
      // Workers have it, and nothing else accepts a WebSocket with this module.
      const { WebSocketPair } = globalThis as typeof globalThis & WorkersGlobals;
      const { 0: client, 1: server } = new WebSocketPair();
      server.accept();
      // Not every compatibility date answers a close by itself.
      server.addEventListener("close", () => server.readyState === CLOSING && server.close());
      const protocol = subprotocolOf(request.headers);
      const init = {
        status: 101,
        webSocket: client,
        ...(protocol ? { headers: { "sec-websocket-protocol": protocol } } : {}),
      };
      return { socket: socketFrom(server), response: new Response(null, init) };
    },
    waitUntil: (promise) => context.waitUntil(promise),
    remoteAddress: () => headers.get("cf-connecting-ip") ?? undefined,
  };
}
