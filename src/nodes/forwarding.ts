/**
 * How a request that one runner forwards to another proves its origin.
 *
 * One header carries the time, the name of the receiving node, the client's origin and address, and
 * the digest of the body, all signed together with the method and the path. A body that is sent on as
 * it comes has no digest yet: its frames are signed (`framed_body.ts`). The client's data is in
 * that header and not in `X-Forwarded-*`, which a proxy on the way may rewrite.
 *
 * @module
 */
import { randomHex } from "../core/bytes.ts";
import { type KeyedHash, sameSecret, sha256 } from "../core/hash.ts";
import { newSelfRoutingId } from "./self_routing_id.ts";

/** The header of a forwarded request, and of the answer of the node that accepted it. */
export const FORWARDED_HEADER = "pipecat-forwarded";
/** The largest body to forward whole, in bytes: it is held in memory, because its digest is signed. */
export const MAX_FORWARDED_BYTES = 10_000_000;
/** How far apart two runners' clocks may be, and how long a request may be on its way, in ms. */
export const FORWARDED_WINDOW_MS = 60_000;
const SENDER_BYTES = 12;

/** A body to forward: whole, or as it comes. */
export type ForwardedBody = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;

/** Replaces the digest of a body in frames. */
const FRAMED = "framed";

/** A client's request, ready to be forwarded. */
export interface ForwardedRequest {
  /** The name of the node that is to receive it. */
  readonly owner: string;
  readonly method: string;
  /** The path and the query, from the slash on. */
  readonly path: string;
  readonly body: ForwardedBody;
  /** The origin at which the client reached the forwarding runner. */
  readonly origin: string;
  /** The client's IP address, if known. */
  readonly address?: string | undefined;
}

/** What a node knows about a forwarded request. */
export interface Forwarded {
  /** The name by which the forwarding runner knows this node. */
  readonly owner: string;
  /** Makes an id that leads to this node, with `pc_` before that of a peer. */
  newId(prefix: "" | "pc_"): Promise<string>;
}

/** A forwarded request with a valid signature, whose body has yet to be read. */
export interface Admitted {
  readonly forwarded: Forwarded;
  readonly origin: string;
  readonly address: string | undefined;
  /** Who forwarded it, and how many others before: each is valid once. */
  readonly sender: string;
  readonly number: number;
  /** The signature, which is just as unique. */
  readonly signature: string;
  /** Whether its body is in frames. */
  readonly framed: boolean;
  /** Tells whether this is the body that was signed, if it is whole. */
  isBody(body: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

/** Makes the value of the header. */
export type SignForwarded = (request: ForwardedRequest) => Promise<string>;

/** Makes what signs the requests of one sender, which are numbered. */
export function forwardingSigner(hash: KeyedHash): SignForwarded {
  let sender: string | undefined; // made late, for Workers have no random bytes while they load
  let sent = 0;
  return async ({ owner, method, path, body, origin, address }) => {
    const fields = new URLSearchParams({
      time: String(Date.now()),
      sender: sender ??= randomHex(SENDER_BYTES),
      number: String(sent++), // two of the same request at the same time are no replay
      owner,
      origin,
      digest: body instanceof Uint8Array ? await sha256(body) : FRAMED,
      ...(address === undefined ? {} : { address }),
    });
    return `${fields}&signature=${await signature(hash, String(fields), method, path)}`;
  };
}

/**
 * Reads the header of a request; undefined if it is missing, made with another secret, or too old.
 */
export async function readForwarded(
  hash: KeyedHash,
  { method, url, headers }: Request,
): Promise<Admitted | undefined> {
  const [, signed, given] = /^(.+)&signature=(\w+)$/.exec(headers.get(FORWARDED_HEADER) ?? "") ??
    [];
  if (signed === undefined || given === undefined) return undefined;
  const { pathname, search } = new URL(url);
  const expected = await signature(hash, signed, method, pathname + search);
  if (!sameSecret(given, expected)) return undefined;
  const fields = new URLSearchParams(signed);
  const fresh = Math.abs(Date.now() - Number(fields.get("time"))) <= FORWARDED_WINDOW_MS;
  const number = Number(fields.get("number") ?? NaN);
  if (!fresh || !Number.isSafeInteger(number)) return undefined;
  const owner = fields.get("owner") ?? "";
  return {
    forwarded: { owner, newId: (prefix) => newSelfRoutingId(hash, owner, prefix) },
    origin: fields.get("origin") ?? "",
    address: fields.get("address") ?? undefined,
    sender: fields.get("sender") ?? "",
    number,
    signature: given,
    framed: fields.get("digest") === FRAMED,
    isBody: async (body) => sameSecret(fields.get("digest") ?? "", await sha256(body)),
  };
}

function signature(
  hash: KeyedHash,
  signed: string,
  method: string,
  path: string,
): Promise<string> {
  // The first word keeps these apart from the ids that are signed with the same secret.
  return hash(["forward", method, path, signed].join("\n"));
}
