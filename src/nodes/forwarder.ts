/**
 * Sends the requests of clients on to the media nodes.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import { RunnerError } from "../core/error.ts";
import { countFailure } from "../core/failures.ts";
import { FORWARDED_HEADER, type ForwardedRequest, signForwarded } from "./forwarding.ts";
import { sessionGone } from "./network.ts";
import type { KeyedHash } from "../core/hash.ts";
import type { MediaNode, MediaNodes } from "./media_nodes.ts";
import { ownerOf } from "./self_routing_id.ts";
import { abortedAfter, delay } from "../core/wait.ts";

const logger = getLogger(["pipecat", "runner", "forward"]);

/** The pauses before a request that found no answer is sent again, in ms. */
const RETRY_AFTER_MS = [100, 300, 900];
/** After how long no request is sent again, in ms. */
const GIVE_UP_MS = 4000;
/** How long a node may take to answer an offer, or to take candidates, in ms. */
const SIGNALING_MS = 5000;
/** How long a user's route may take until its answer begins, in ms. */
const ROUTE_MS = 60_000;

/** A client's request, as it was read. */
export interface ClientRequest extends Omit<ForwardedRequest, "owner"> {
  readonly headers: Headers;
  /** Whether it is a user's route that is asked, and not the runner. */
  readonly own?: boolean;
}

/** Sends requests on. */
export interface Forwarder {
  /**
   * The node that an id names.
   *
   * @throws {RunnerError} `unknown_session` for an id that was not made with the secret,
   * `session_gone` when its node is not one of the nodes any more.
   */
  ownerOf(id: string): Promise<MediaNode>;
  /**
   * Lets the owner of a session answer.
   *
   * @throws {RunnerError} `session_gone` when the node cannot be reached, `node_failed` when it can
   * be reached but does not answer.
   */
  toOwner(node: MediaNode, request: ClientRequest): Promise<Response>;
  /**
   * Lets the least loaded node begin a session.
   *
   * @throws {RunnerError} `no_media_node` when none is ready, `node_failed` as above.
   */
  toLeastLoaded(request: ClientRequest): Promise<Response>;
}

/** Makes a forwarder. */
export function createForwarder(hash: KeyedHash, nodes: MediaNodes): Forwarder {
  /** The node's answer; undefined when there is none, or none of the runner's. */
  async function send(node: MediaNode, request: ClientRequest): Promise<Response | undefined> {
    const { method, path, body, own } = request;
    const { origin, name: owner } = node;
    const headers = withoutHopByHop(request.headers);
    for (const name of ["host", "content-length", "expect"]) headers.delete(name);
    // What came compressed would be unpacked here, and its header no longer be true.
    headers.set("accept-encoding", "identity");
    headers.set(FORWARDED_HEADER, await signForwarded(hash, { ...request, owner }));
    try {
      const response = await abortedAfter(
        own ? ROUTE_MS : SIGNALING_MS,
        (signal) =>
          fetch(`${origin}${path}`, {
            method,
            headers,
            body: body.length > 0 ? body : null,
            redirect: "manual",
            signal,
          }),
      );
      // A proxy in front of a dead node answers in its place.
      if (response.headers.get(FORWARDED_HEADER) === owner) return passable(response);
      countFailure("forward", "refused");
      const { status } = response;
      logger.warn("Media node {origin} did not take a request: {status}", { origin, status });
      await response.body?.cancel();
    } catch (error) {
      countFailure("forward", "unreachable");
      logger.debug("Media node {origin} did not answer: {error}", { origin, error });
    }
  }

  return {
    async ownerOf(id) {
      const name = await ownerOf(hash, id);
      if (name === undefined) throw unknownSession();
      const node = await nodes.named(name);
      if (!node) throw sessionGone();
      return node;
    },

    async toOwner(node, request) {
      const began = Date.now();
      for (let attempt = 0;; attempt++) {
        const response = await send(node, request);
        if (response) return response;
        const pause = RETRY_AFTER_MS[attempt];
        const last = pause === undefined || Date.now() - began > GIVE_UP_MS;
        // What may have been done must not be done twice, but by a node that can be reached.
        if ((last || !isRepeatable(request)) && await nodes.reachable(node)) throw nodeFailed();
        if (last) throw sessionGone();
        await delay(pause);
      }
    },

    async toLeastLoaded(request) {
      const tried = new Set<MediaNode>();
      for (;;) {
        const node = await nodes.next(tried);
        if (!node) break;
        tried.add(node);
        const response = await send(node, request);
        if (response && response.status !== 503) return response;
        if (!response && await nodes.reachable(node)) throw nodeFailed(); // it may have begun one
        if (response) nodes.refused(node);
        await response?.body?.cancel();
      }
      throw new RunnerError("no_media_node", "No media node is ready. Try again soon.", {
        retryAfter: 5,
      });
    },
  };
}

/** The error for an id that leads nowhere. */
function unknownSession(): RunnerError {
  const detail = "No such session, or it has ended. Start a new one.";
  return new RunnerError("unknown_session", detail);
}

function nodeFailed(): RunnerError {
  return new RunnerError("node_failed", "The media node did not answer.");
}

/** Tells whether it does no harm when a node gets a request twice; candidates may come twice. */
function isRepeatable({ method, own }: ClientRequest): boolean {
  return method === "GET" || method === "HEAD" || (method === "PATCH" && !own);
}

/** A node's answer as the client gets it: streamed, with its status and its headers. */
function passable(response: Response): Response {
  const headers = withoutHopByHop(response.headers);
  headers.delete(FORWARDED_HEADER);
  // Whatever a route has compressed all the same, `fetch` has unpacked.
  if (headers.has("content-encoding")) {
    headers.delete("content-encoding");
    headers.delete("content-length");
  }
  const { status, statusText } = response;
  const body = [204, 205, 304].includes(status) ? null : response.body;
  return new Response(body, { status, statusText, headers });
}

/** A copy of headers without those that are between two hosts only. */
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
