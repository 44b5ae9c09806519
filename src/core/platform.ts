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
   * Accepts a WebSocket. The socket may be used before it is open: sent messages wait.
   *
   * @throws {RunnerError} `upgrade_required` when the request does not ask for a WebSocket.
   */
  upgrade(request: Request): { readonly socket: Socket; readonly response: Response };
  /** Keeps the host alive until the promise settles. */
  waitUntil(promise: Promise<unknown>): void;
  /**
   * Set if a timer belongs to the request, or the Durable Object, that set it, as on Workers:
   * sessions share none there.
   */
  readonly ownTimers?: true;
  /** The clock of sessions, if a test provides it. Default: the host's. */
  readonly clock?: Clock | undefined;
  /** Observes the phone call that comes through this platform, for tests. Default: nobody does. */
  readonly observer?: CallObserver | undefined;
  /**
   * The IP address that the request came from; absent, or undefined, if the host does not know it.
   */
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
   * Opens a file of the folder. Undefined if there is none, or if the path leads out of the folder,
   * by `..` or through a link.
   */
  open(path: string): Promise<ServedFile | undefined>;
}
