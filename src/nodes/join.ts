/**
 * Makes a runner part of a group that shares a secret: a media node, or a process of a fleet.
 *
 * @module
 */
import type { Hono } from "hono";
import { RunnerError } from "../core/error.ts";
import { keyedHash } from "../core/hash.ts";
import { type Load, loadOnce, whenCalled } from "../core/load_once.ts";
import type { AppEnv } from "../http/env.ts";
import type { PublicUrlOptions } from "../http/public_url.ts";
import type { StartGuard } from "../http/start_guard.ts";
import type { FleetMember } from "../sessions/fleet_member.ts";
import type { SessionSet } from "../sessions/session_set.ts";
import type { SessionStore } from "../sessions/store.ts";
import type * as FleetModule from "./fleet_side.ts";
import type * as Entering from "./entrance.ts";
import { type NetworkOptions, networkSecret } from "./network.ts";

/** What a runner joins the others with. */
export interface Joining {
  /** Everything that it serves. */
  readonly main: Hono<AppEnv>;
  readonly options: NetworkOptions & PublicUrlOptions;
  readonly sessions: SessionSet;
  readonly store: SessionStore;
  readonly guard: StartGuard;
  /** The names of its bots, if it has several. */
  readonly bots: readonly string[];
}

/** A runner among others. */
export interface Network {
  /** How requests enter. */
  readonly enter: Entering.Entrance;
  /** Starts announcing this process to the others, once. */
  begin(): void;
  /** Resolves when no other process's WebSocket passes through here, or after this many ms. */
  idle(mostMs: number): Promise<void>;
  /** Leaves the others. */
  close(): Promise<void>;
}

/** Joins others, if the options say so; it comes after what refuses strangers. */
export type JoinNetwork = (joining: Joining) => Network | undefined;

/** What does the work, loaded on demand. */
export interface NetworkParts {
  readonly entrance: Load<typeof Entering>;
  readonly fleet: Load<typeof FleetModule>;
}

/**
 * Lets a runner that shares a secret accept what others forward to it; a runner without one is left
 * unchanged. A process of a fleet forwards what belongs to another. A media node, which is a runner
 * that forwards nothing itself, refuses what was not forwarded.
 *
 * It throws `no_secret`, or `bad_option` for a short secret and for a fleet without `advertise` or
 * together with `mediaNodes`.
 */
export function joinNetwork(parts: NetworkParts): JoinNetwork {
  return (joining) => {
    const { main, options, store: { once } } = joining;
    const { mediaNodes = [], basePath = "" } = options;
    if (options.fleetMaxSessions && !options.fleet) {
      throw new RunnerError(
        "bad_option",
        "fleetMaxSessions needs a fleet, such as that of --store.",
      );
    }
    const secret = networkSecret(options);
    if (secret === undefined) return undefined;
    const required = mediaNodes.length === 0 && options.fleet === undefined;
    const open = `${basePath}/metrics`;
    const { entrance } = parts;
    main.use("*", whenCalled(async () => (await entrance()).forwardedGate({ required, open })));
    if (options.fleet) return joinFleet(parts, joining, secret);
    const enter = whenCalled(async () =>
      (await entrance()).forwardedEntrance({ app: main, hash: keyedHash(secret), once })
    );
    return { enter, begin() {}, idle: nothing, close: nothing };
  };
}

function joinFleet(parts: NetworkParts, joining: Joining, secret: string): Network {
  const { main, options: { fleet, advertise, mediaNodes = [], basePath = "" } } = joining;
  if (!fleet || advertise === undefined) {
    const detail =
      "A fleet needs advertise: the origin at which its other processes reach this one.";
    throw new RunnerError("bad_option", detail);
  }
  if (mediaNodes.length > 0) {
    throw new RunnerError("bad_option", "A runner takes a fleet or mediaNodes, not both.");
  }
  const { fleetMaxSessions } = joining.options;
  if (fleetMaxSessions && !(fleet.hold && fleet.free)) {
    const detail =
      "fleetMaxSessions needs a fleet that counts places: Redis, Valkey, or --processes.";
    throw new RunnerError("bad_option", detail);
  }
  let loaded: FleetModule.FleetSide | undefined;
  const load = loadOnce(async () => {
    const { createFleetSide } = await parts.fleet();
    const { options: urls } = joining;
    return loaded = await createFleetSide({
      ...joining,
      fleet,
      advertise,
      secret,
      basePath,
      urls,
      most: fleetMaxSessions || undefined,
    });
  });
  const tell = (say: (member: FleetMember) => void) => {
    if (loaded) say(loaded.member);
    else void load().then(({ member }) => say(member), () => {});
  };
  joining.sessions.join({
    newId: async (prefix) => await (await load()).member.newId(prefix),
    pay: async (client, limits) => await (await load()).member.pay(client, limits),
    admitted: async (id, visit) => await (await load()).member.admitted(id, visit),
    dismissed: (id, here) => tell((member) => member.dismissed(id, here)),
    began: (id) => tell((member) => member.began(id)),
    ended: (id) => tell((member) => member.ended(id)),
    changed: () => tell((member) => member.changed()),
  });
  main.use("*", whenCalled(async () => (await load()).gate));
  return {
    enter: whenCalled(async () => (await load()).enter),
    begin: () => {
      void load().then((side) => side.begin(), () => {});
    },
    idle: async (mostMs) => await loaded?.idle(mostMs),
    close: async () => await (await load()).close(),
  };
}

async function nothing(): Promise<void> {}
