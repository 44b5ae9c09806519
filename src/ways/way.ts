/**
 * The port for ways in: what a way to reach a bot provides, and what it gets.
 *
 * @module
 */
import type { Bot, TransportName } from "../core/bot.ts";
import type { Environment } from "../core/carrier.ts";
import type { Socket } from "../core/duplex.ts";
import type { RunnerError } from "../core/error.ts";
import type { Monitor } from "../core/monitor.ts";
import type { DialledCall, DialOptions } from "../core/phone_call.ts";
import type { OnceStore } from "../sessions/once.ts";
import type { Sessions } from "../sessions/session.ts";
import type { SessionStore } from "../sessions/store.ts";
import type { WebAccess } from "../http/web_access.ts";
import type { RouteContext, Routes } from "../http/env.ts";
import type { SessionRoutes } from "../http/sessions.ts";
import type { Starter } from "../http/start.ts";
import type { StartGuard } from "../http/start_guard.ts";
import type { RunnerOptions } from "../runner_options.ts";

/** What a way needs of its runner. */
export interface Kit {
  /** The bot, as every session is to call it. */
  readonly bot: Bot;
  /** The name of the bot, if the runner has several. */
  readonly name?: string;
  /** The prefix of all paths of the bot, such as `/sales`; empty at the root of the runner. */
  readonly base: string;
  /** Who is admitted, and what runs. */
  readonly sessions: Sessions;
  /** Where sessions wait for their media. */
  readonly store: SessionStore;
  /** Remembers what may happen only once. */
  readonly once: OnceStore;
  /** The secrets; empty if none were given. */
  readonly environment: Environment;
  /** Asks a client that starts a session without `POST /start` for the start token. */
  readonly guard: StartGuard;
  /** Which pages may use the runner. */
  readonly access: WebAccess;
  /** The observer of the runner, if there is one. */
  readonly monitor?: Monitor;
  /** The settings of the runner. */
  readonly options: RunnerOptions;
  /** The ways that share `/ws` with the carriers; empty while the ways are made. */
  readonly streams: () => readonly LookAtStream[];
}

/** One way to reach a bot. */
export interface Way {
  /**
   * What `POST /start` does, for each transport that this way can start. An error instead of a
   * starter says what is missing, and is the answer of `POST /start`.
   */
  readonly starters?: Readonly<Partial<Record<TransportName, Starter | RunnerError>>>;
  /** What it serves at the root of the runner. */
  readonly routes?: Routes;
  /** What it serves below `/sessions/:id/`, ahead of the user's own routes. */
  readonly sessionRoutes?: SessionRoutes;
  /** Dials a call; absent if the way has no phone. */
  readonly dial?: (order: DialOptions, origin: URL | undefined) => Promise<DialledCall>;
  /** Looks at streams of `/ws` that bring no token; carriers serve the address. */
  readonly stream?: LookAtStream;
  /**
   * Loads what is needed to know whether its secrets are valid, if it has any.
   *
   * @throws {RunnerError} for a secret that is wrong.
   */
  ready?(): Promise<void>;
  /**
   * Resolves when nothing of another process's sessions passes through the way, or after this many
   * ms.
   */
  idle?(mostMs: number): Promise<void>;
  /** Ends what the way itself has open; the runner ends its sessions. */
  close?(): Promise<void>;
}

/** Looks at the request of a stream, before that is accepted. */
export type LookAtStream = (c: RouteContext) => Promise<StreamLook>;

/** What a way makes of a stream that may be its own, or a carrier's. */
export interface StreamLook {
  /** Whether it may be its own: then it is accepted, even if no carrier is admitted. */
  readonly allowed: boolean;
  /**
   * The session of the stream, if a platform in front has said so, which nobody can bypass: then a
   * carrier's stream needs no other proof.
   */
  readonly vouched?: { readonly id: string; readonly body?: unknown };
  /** Reads the first message. Returns what serves the stream, or undefined if it is a carrier's. */
  read(message: unknown): ServeStream | undefined;
  /** The same for a binary first message. */
  readBytes?(message: Uint8Array<ArrayBuffer>): ServeStream | undefined;
}

/** Serves a stream, under the id of its session, until it ends. */
export type ServeStream = (id: string, socket: Socket) => Promise<void>;

/** Makes a way in, if the settings ask for it. */
export type MakeWay = (kit: Kit) => Way | undefined;

/** Tells whether a runner that is restricted to one transport, if it is, serves this one. */
export function serves({ options: { transport } }: Kit, name: TransportName): boolean {
  return transport === undefined || transport === name;
}
