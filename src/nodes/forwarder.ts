/**
 * Forwards clients' requests to other processes.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import { RunnerError } from "../core/error.ts";
import { countFailure } from "../core/failures.ts";
import type { ClientRequest } from "./client_request.ts";
import { FORWARDED_HEADER, forwardingSigner } from "./forwarding.ts";
import { framedBody } from "./framed_body.ts";
import { sessionGone } from "./network.ts";
import type { KeyedHash } from "../core/hash.ts";
import type { Node, Nodes } from "./nodes.ts";
import { ownerOf } from "./self_routing_id.ts";
import { abortedWhenIdle, delay, within } from "../core/wait.ts";

const logger = getLogger(["pipecat", "runner", "forward"]);

/** The pauses before an unanswered request is sent again, in ms. */
const RETRY_AFTER_MS = [100, 300, 900];
/** After this time a request is not sent again, in ms. */
const GIVE_UP_MS = 4000;
/** How long a node may take to answer an offer or candidates, in ms. */
const SIGNALING_MS = 5000;
/** How long a user's route may take until its answer begins, and its client may send nothing, in ms. */
const ROUTE_MS = 60_000;
/**
 * How long to wait for a process before asking whether it is there, and how long to wait for that.
 */
interface Patience {
  /** In ms. */
  readonly doubtMs: number;
  /** In ms. */
  readonly askMs: number;
}

/** The patience with a process if another is ready instead. */
const LITTLE: Patience = { doubtMs: 250, askMs: 300 };
/** The patience with a process whose sessions would be given up. */
const MUCH: Patience = { doubtMs: 1000, askMs: 2000 };
/** How long a process that refused a WebSocket may take to say that it is there, in ms. */
const SOCKET_ASK_MS = 1000;
/** The status of a full process. */
const NO_ROOM = 503;

/** Forwards requests. */
export interface Forwarder {
  /** Sends a request once; undefined if there is no answer, or not a runner's. */
  send(node: Node, request: ClientRequest, signal?: AbortSignal): Promise<Response | undefined>;
  /**
   * The process that an id names.
   *
   * @throws {RunnerError} `unknown_session` for an id that was not made with the secret,
   * `session_gone` if its process is no longer known.
   */
  ownerOf(id: string): Promise<Node>;
  /**
   * Lets the owner of a session answer.
   *
   * @param askMs If it does not answer within a second, how long it may take to say that it is
   * there before its sessions are given up, in ms. Default: 2000.
   * @throws {RunnerError} `session_gone` if it cannot be reached, `node_failed` if it can be
   * reached but does not answer.
   */
  toOwner(node: Node, request: ClientRequest, askMs?: number): Promise<Response>;
  /**
   * Lets the least loaded ready process answer, and the next one if that does not answer or is full
   * after all. Nobody waits for a missing process while another is ready.
   *
   * @param but The origins not to ask.
   * @returns Undefined if none is ready.
   * @throws {RunnerError} `node_failed` if the last one is there but does not answer.
   */
  toLeastLoaded(request: ClientRequest, but?: readonly string[]): Promise<Response | undefined>;
  /**
   * Says why the owner of a session did not accept its WebSocket.
   *
   * @param askMs How long it may take to say that it is there, in ms. Default: 1000.
   * @throws {RunnerError} `session_gone` if it cannot be reached, else `node_failed`.
   */
  refused(node: Node, askMs?: number): Promise<never>;
}

/** Makes a forwarder. */
export function createForwarder(hash: KeyedHash, nodes: Nodes): Forwarder {
  const sign = forwardingSigner(hash);
  async function send(
    node: Node,
    request: ClientRequest,
    given?: AbortSignal,
  ): Promise<Response | undefined> {
    const { method, path, body, own } = request;
    const { origin, name: owner } = node;
    const headers = forwardable(request.headers);
    // A compressed answer would be unpacked here, and its header would no longer be true.
    headers.set("accept-encoding", "identity");
    const header = await sign({ ...request, owner });
    headers.set(FORWARDED_HEADER, header);
    const idle = abortedWhenIdle(own ? ROUTE_MS : SIGNALING_MS);
    const content = body instanceof Uint8Array
      ? body.length > 0 ? body : null
      : framedBody({ hash, header }, body, idle.again);
    const signal = given ? AbortSignal.any([given, idle.signal]) : idle.signal;
    try {
      const init = { method, headers, body: content, redirect: "manual", signal } as const;
      const response = await fetch(`${origin}${path}`, { ...init, ...STREAMED });
      nodes.heard(node);
      // A proxy in front of a dead process answers in its place.
      if (response.headers.get(FORWARDED_HEADER) === owner) return passable(response);
      countFailure("forward", "refused");
      const { status } = response;
      logger.warn("The process at {origin} refused a request: {status}", { origin, status });
      await response.body?.cancel();
    } catch (error) {
      countFailure("forward", "unreachable");
      logger.debug("The process at {origin} did not answer: {error}", { origin, error });
    } finally {
      idle.end();
    }
  }

  /** The same, as long as the process says that it is there. */
  async function sendWhileThere(
    node: Node,
    request: ClientRequest,
    { doubtMs, askMs }: Patience,
  ): Promise<Response | "silent" | undefined> {
    const controller = new AbortController();
    const answer = send(node, request, controller.signal);
    const there = await within(doubtMs, answer) ||
      await Promise.race([answer.then(() => true), nodes.reachable(node, askMs)]);
    if (there) return await answer;
    controller.abort();
    await (await answer)?.body?.cancel(); // it may have come at the last moment
    return "silent";
  }

  return {
    async ownerOf(id) {
      const name = await ownerOf(hash, id);
      if (name === undefined) throw unknownSession();
      const node = await nodes.named(name);
      if (!node) throw sessionGone();
      return node;
    },

    async toOwner(node, request, askMs = MUCH.askMs) {
      const began = Date.now();
      for (let attempt = 0;; attempt++) {
        const response = await sendWhileThere(node, request, { ...MUCH, askMs });
        if (response === "silent") throw sessionGone();
        if (response) return response;
        const pause = RETRY_AFTER_MS[attempt];
        const last = pause === undefined || Date.now() - began > GIVE_UP_MS || isUsedUp(request);
        // What may have been done must not be done twice, except by a process that can be reached.
        if (last || !isRepeatable(request)) {
          if (await nodes.reachable(node, askMs)) throw nodeFailed();
        }
        if (last) throw sessionGone();
        await delay(pause);
      }
    },

    async toLeastLoaded(request, but = []) {
      const tried = new Set(but);
      let failed = false;
      for (let node = await nodes.next(tried); node; node = await nodes.next(tried)) {
        tried.add(node.origin);
        const response = await sendWhileThere(node, request, LITTLE);
        if (response instanceof Response) {
          if (response.status !== NO_ROOM) return response;
          nodes.refused(node);
          await response.body?.cancel();
        } else {
          nodes.silent(node);
          failed = response === undefined && await nodes.reachable(node, LITTLE.askMs);
        }
      }
      if (failed) throw nodeFailed();
      return undefined;
    },

    async refused(node, askMs = SOCKET_ASK_MS) {
      if (!await nodes.reachable(node, askMs)) throw sessionGone();
      throw new RunnerError("node_failed", "The session's process refused the WebSocket.");
    },
    send,
  };
}

/** The error for an id that leads nowhere. */
export function unknownSession(): RunnerError {
  const detail = "No such session, or it has ended. Start a new one.";
  return new RunnerError("unknown_session", detail);
}

function nodeFailed(): RunnerError {
  return new RunnerError("node_failed", "The session's process did not answer.");
}

/** Tells whether it does no harm if a node gets a request twice; candidates may come twice. */
function isRepeatable({ method, own }: ClientRequest): boolean {
  return method === "GET" || method === "HEAD" || (method === "PATCH" && !own);
}

/** Tells whether a body was sent on as it came, and cannot be sent again. */
function isUsedUp({ body }: ClientRequest): boolean {
  return !(body instanceof Uint8Array);
}

/** What `fetch` needs to send a body as it comes; the standard's type does not tell. */
const STREAMED = { duplex: "half" };

/** A node's answer as the client gets it: streamed, with its status and its headers. */
function passable(response: Response): Response {
  const headers = withoutHopByHop(response.headers);
  headers.delete(FORWARDED_HEADER);
  // `fetch` has unpacked whatever a route compressed anyway.
  if (headers.has("content-encoding")) {
    headers.delete("content-encoding");
    headers.delete("content-length");
  }
  const { status, statusText } = response;
  const body = [204, 205, 304].includes(status) ? null : response.body;
  return new Response(body, { status, statusText, headers });
}

/** Copies a request's headers, without those about its way to here. */
export function forwardable(headers: Headers): Headers {
  const copy = withoutHopByHop(headers);
  for (const name of ["host", "content-length", "expect", FORWARDED_HEADER]) copy.delete(name);
  return copy;
}

/** Copies headers, without those between two hosts only. */
function withoutHopByHop(headers: Headers): Headers {
  const copy = new Headers(headers);
  const named = (headers.get("connection") ?? "").split(",").map((name) => name.trim());
  for (const name of [...HOP_BY_HOP, ...named]) {
    if (/^[\w-]+$/.test(name)) copy.delete(name);
  }
  return copy;
}

const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
