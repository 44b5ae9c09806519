/**
 * Lets the right process of a fleet answer each request. Requests of a session go to the process
 * that has it. Requests that start one are answered here, or, if this process is full, by the least
 * loaded one.
 *
 * @module
 */
import type { Context, MiddlewareHandler, Next } from "hono";
import { RunnerError } from "../core/error.ts";
import type { Fleet } from "../core/fleet.ts";
import type { KeyedHash } from "../core/hash.ts";
import { getLogger } from "../core/log.ts";
import { asksForWebSocket } from "../core/upgrade.ts";
import { inTime } from "../core/wait.ts";
import type { AppEnv, Others } from "../http/env.ts";
import type { PublicUrlOptions } from "../http/public_url.ts";
import type { StartGuard } from "../http/start_guard.ts";
import type { Sessions } from "../sessions/session.ts";
import { sessionKey, type SessionStore } from "../sessions/store.ts";
import { readToken, tokenOf } from "../sessions/token.ts";
import { clientRequest } from "./client_request.ts";
import { type Forwarder, unknownSession } from "./forwarder.ts";
import type { ForwardedBody } from "./forwarding.ts";
import { bodyToForward, keepBody, type KeptRequest } from "./kept_body.ts";
import { sessionGone } from "./network.ts";
import type { Node, Nodes } from "./nodes.ts";
import { isSelfRoutingId, ownerOf } from "./self_routing_id.ts";
import { sessionPath } from "./session_path.ts";
import type { SocketForwarder } from "./socket_forwarder.ts";

const logger = getLogger(["pipecat", "runner", "fleet"]);

/**
 * How long a session's owner may be silent, in ms, if it has not announced itself for some time.
 */
const SILENT_OWNER_MS = 500;

/** How long the fleet may take to say who has a session, in ms; after that its id decides. */
const OWNER_MS = 500;

/** What the gate needs. */
export interface FleetGateOptions {
  readonly fleet: Pick<Fleet, "owner">;
  readonly nodes: Nodes;
  /** This process. */
  readonly self: Node;
  readonly hash: KeyedHash;
  readonly forwarder: Forwarder;
  readonly sockets: SocketForwarder;
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly guard: StartGuard;
  readonly bots: readonly string[];
  readonly basePath: string;
  readonly urls: PublicUrlOptions;
}

/** Makes the gate, which comes after what refuses strangers. */
export function fleetGate(options: FleetGateOptions): MiddlewareHandler<AppEnv> {
  const { fleet, nodes, self, hash, forwarder, sockets, sessions, store, guard } = options;

  /** The process that has a session, or will have it. */
  async function ownerOfSession(id: string, named: string): Promise<Node | undefined> {
    // If the fleet does not answer, the id alone says who promised the session.
    const asking = fleet.owner(id).catch(() => undefined);
    const origin = await inTime(OWNER_MS, asking, () => undefined);
    if (origin !== undefined) return await nodes.at(origin);
    return named === self.name ? self : await nodes.named(named);
  }

  /** Lets another process answer. */
  async function forward(
    c: Context<AppEnv>,
    node: Node,
    { body, own }: { readonly body: ForwardedBody; readonly own: boolean },
  ): Promise<Response> {
    const { platform } = c.env;
    const { raw: request } = c.req;
    const sent = { ...clientRequest(request, body, options.urls, c.env), own };
    const patience = await nodes.lists(node) ? undefined : SILENT_OWNER_MS;
    if (!platform || !asksForWebSocket(request)) {
      return await forwarder.toOwner(node, sent, patience);
    }
    const response = await sockets.forward(node, { sent, request, platform });
    return response ?? await forwarder.refused(node, patience);
  }

  function othersFor(c: Context<AppEnv>, body: Uint8Array<ArrayBuffer> | undefined): Others {
    const { raw: request } = c.req;
    const { platform } = c.env;
    const sent = () => clientRequest(request, body ?? new Uint8Array(), options.urls, c.env);

    async function takeSocket(promised: Node | undefined): Promise<Response | undefined> {
      // A closing process leads nowhere.
      if (!platform || sessions.load.status === "closed") return undefined;
      const tried = new Set([self.origin]);
      const next = () =>
        promised && !tried.has(promised.origin) ? Promise.resolve(promised) : nodes.next(tried);
      for (let node = await next(); node; node = await next()) {
        tried.add(node.origin);
        const response = await sockets.forward(node, { sent: sent(), request, platform });
        if (response) return response;
      }
    }

    async function take(): Promise<Response | undefined> {
      const promised = await promisedBy(request);
      if (asksForWebSocket(request)) return await takeSocket(promised);
      if (!body) return undefined;
      if (promised) {
        const response = await forwarder.send(promised, sent());
        if (response && response.status < 500) return response;
        await response?.body?.cancel();
      }
      return await forwarder.toLeastLoaded(sent(), [self.origin]);
    }

    return {
      take: () =>
        take().catch((error) => {
          logger.warn("No other process answered: {error}", { error });
          return undefined;
        }),
      async owner(id) {
        const named = await ownerOf(hash, id);
        const node = named === undefined ? undefined : await ownerOfSession(id, named);
        if (!node || node === self || !body) return undefined;
        return await forwarder.toOwner(node, sent());
      },
    };
  }

  /** Another process that keeps a place for the session that a request is to start. */
  async function promisedBy(request: Request): Promise<Node | undefined> {
    const last = new URL(request.url).pathname.split("/").at(-1) || undefined;
    const token = tokenOf(request, last);
    if (token === undefined || !SECRET.test(token)) return undefined;
    const record = await readToken(store, token) ?? await store.get(sessionKey(token));
    const named = record && await ownerOf(hash, record.id);
    return named === undefined || named === self.name ? undefined : await nodes.named(named);
  }

  /** Answers requests about a session or a peer that another process has. */
  async function route(
    c: Context<AppEnv>,
    next: Next,
    { id, peer, offer, body }: Routed,
  ): Promise<Response | void> {
    const key = peer ?? id;
    if (key === undefined || !isSelfRoutingId(key)) return await next();
    const named = await ownerOf(hash, key);
    if (named === undefined) throw unknownSession();
    c.env = { ...c.env, issued: true };
    const isHere = peer === undefined ? sessions.get(key) !== undefined : named === self.name;
    if (isHere) return await next();
    const owner = peer === undefined ? await ownerOfSession(key, named) : await nodes.named(named);
    if (owner?.origin === self.origin) return await next();
    // A promised session whose process is gone or full begins here.
    const begins = offer && c.req.method === "POST" && peer === undefined;
    if (!owner && begins) return await next();
    if (!owner) throw sessionGone();
    const content = body ?? await bodyToForward(c.req.raw);
    try {
      const response = await forward(c, owner, { body: content, own: !offer });
      if (!begins || response.status !== NO_ROOM) return response;
      await response.body?.cancel();
    } catch (error) {
      const gone = error instanceof RunnerError && error.code === "session_gone";
      if (!begins || !gone) throw error;
    }
    return await next();
  }

  return async (c, next) => {
    if (c.env.forwarded) return await next();
    const path = sessionPath(c.req.path, options.basePath, options.bots);
    // Keeps the body if others may have to answer; the body of a user's own route may be long or
    // slow.
    const { body } = !path || (path.kind === "session" && !path.offer)
      ? withoutBody(c)
      : await kept(c);
    c.env = { ...c.env, others: othersFor(c, body) };
    if (!path || path.kind === "beginning") return await next();
    const peer = path.kind === "offer" || path.offer ? peerIn(body) : undefined;
    if (path.kind === "session") {
      const { id, offer } = path;
      return await route(c, next, { id, peer, offer, body });
    }
    if (peer === undefined) return await next();
    if (c.req.method === "POST") await guard(c);
    return await route(c, next, { peer, offer: true, body });
  };
}

/** Reads the body of a request, for this process and for another. */
async function kept(c: Context<AppEnv>): Promise<KeptRequest> {
  const kept = await keepBody(c.req.raw);
  c.req.raw = kept.request;
  return kept;
}

/** A request whose body is not read. */
function withoutBody({ req: { raw: request } }: Context<AppEnv>): KeptRequest {
  const { method } = request;
  return method === "GET" || method === "HEAD" ? { request, body: new Uint8Array() } : { request };
}

/** The status of a full process. */
const NO_ROOM = 503;
/** The form of a token or an id, which no word of a path has. */
const SECRET = /^[\da-f-]{36,64}$/;

/** What is routed: by its peer if it names one, else by its session. */
interface Routed {
  readonly id?: string;
  readonly peer: string | undefined;
  readonly offer: boolean;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** The peer that an offer or candidates name; whoever answers reports what is wrong with them. */
function peerIn(body: Uint8Array<ArrayBuffer> | undefined): string | undefined {
  try {
    const said: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof said !== "object" || said === null || !("pc_id" in said)) return undefined;
    return typeof said.pc_id === "string" ? said.pc_id : undefined;
  } catch {
    return undefined;
  }
}
