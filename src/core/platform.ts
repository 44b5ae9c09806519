/**
 * The port to a host: the little that differs between Deno, Node, Bun and Workers.
 *
 * @module
 */
import type { CallObserver } from "./call_observer.ts";
import type { Clock } from "./clock.ts";
import type { Socket } from "./duplex.ts";

/** What the runner asks of its host, given with each request. */
export interface Platform {
  /**
   * Accepts a WebSocket. The socket may be used before it is open: what is sent waits.
   *
   * @throws {RunnerError} `upgrade_required` when the request does not ask for a WebSocket.
   */
  upgrade(request: Request): { readonly socket: Socket; readonly response: Response };
  /** Keeps the host alive until the promise settles. */
  waitUntil(promise: Promise<unknown>): void;
  /**
   * Set where a timer belongs to the request, or the Durable Object, that has set it, as on Workers:
   * sessions share none there.
   */
  readonly ownTimers?: true;
  /** The time that sessions live in, where it is a test's. Default: the host's. */
  readonly clock?: Clock | undefined;
  /** Sees the phone call that comes by this platform, as a test does. Default: nobody. */
  readonly observer?: CallObserver | undefined;
  /** The IP address that the request came from; absent, or undefined, where the host cannot tell. */
  remoteAddress?(): string | undefined;
}

/** A file to serve. */
export interface ServedFile {
  /** The name of the file, without its folder. */
  readonly name: string;
  /** Its media type. Default: `application/octet-stream`. */
  readonly type?: string | undefined;
  /** Size in bytes. */
  readonly size: number;
  /** The bytes of the file. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** A folder that `GET /files/*` serves. */
export interface FileFolder {
  /**
   * Opens a file of the folder. Undefined when there is none, or when the path leads out of the
   * folder, by `..` or by a link.
   */
  open(path: string): Promise<ServedFile | undefined>;
}
