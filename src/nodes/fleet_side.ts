/**
 * What a runner does as one of a fleet.
 *
 * @module
 */
import type { Hono, MiddlewareHandler } from "hono";
import type { Fleet, FleetPlace, NodeLoad } from "../core/fleet.ts";
import { getLogger } from "../core/log.ts";
import { keyedHash } from "../core/hash.ts";
import type { AppEnv } from "../http/env.ts";
import type { PublicUrlOptions } from "../http/public_url.ts";
import type { StartGuard } from "../http/start_guard.ts";
import { CALL_PLACE_MS, PLACE_MS, RINGING_PLACE_MS, type Visit } from "../sessions/admission.ts";
import type { FleetMember } from "../sessions/fleet_member.ts";
import { fleetFull, tooManyStarts } from "../sessions/refusal.ts";
import { STARTS_PER_MINUTE } from "../sessions/start_rate.ts";
import type { Sessions } from "../sessions/session.ts";
import type { SessionStore } from "../sessions/store.ts";
import { boundedFleet } from "./bounded_fleet.ts";
import { fleetGate } from "./fleet_gate.ts";
import { type FleetPresence, fleetPresence } from "./fleet_presence.ts";
import { createForwarder } from "./forwarder.ts";
import { type Entrance, forwardedEntrance } from "./entrance.ts";
import { createNodes, type Node } from "./nodes.ts";
import { nameIn, newSelfRoutingId, ownerName } from "./self_routing_id.ts";
import { NEWS_METHOD, newsPath, type SessionNews } from "./session_news.ts";
import { socketForwarder } from "./socket_forwarder.ts";

const logger = getLogger(["pipecat", "runner", "fleet"]);

const MINUTE_MS = 60_000;
/** How long a client may take to come after its offer was answered, in ms. */
const ARRIVING_MS = 15_000;
/** The most sessions for which this process remembers whom it told about them. */
const MOST_TOLD = 10_000;

/** What a process of a fleet is made from. */
export interface FleetSideOptions {
  readonly fleet: Fleet;
  /** The origin at which the others reach this process. */
  readonly advertise: string;
  readonly secret: string;
  /** The most sessions of all processes together; undefined if there is no such limit. */
  readonly most: number | undefined;
  /** Everything that is served here. */
  readonly main: Hono<AppEnv>;
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly guard: StartGuard;
  readonly bots: readonly string[];
  readonly basePath: string;
  readonly urls: PublicUrlOptions;
}

/** What a process does as one of a fleet. */
export interface FleetSide {
  /** Announces its sessions. */
  readonly member: FleetMember;
  /** How requests enter. */
  readonly enter: Entrance;
  /** Comes before all routes. */
  readonly gate: MiddlewareHandler<AppEnv>;
  /** Starts announcing this process to the others. */
  begin(): void;
  /**
   * Resolves when no WebSocket of another process's session passes through here, or after this many
   * ms.
   */
  idle(mostMs: number): Promise<void>;
  /** Leaves the fleet. */
  close(): Promise<void>;
}

/** Makes what a process does as one of a fleet. */
export async function createFleetSide(options: FleetSideOptions): Promise<FleetSide> {
  const { advertise: origin, sessions, most } = options;
  const fleet = boundedFleet(options.fleet);
  const hash = keyedHash(options.secret);
  const self = { origin, name: await ownerName(origin) };
  const nodes = createNodes(() => fleet.nodes().catch(nobody), options.basePath);
  const forwarder = createForwarder(hash, nodes);
  const sockets = socketForwarder(hash);
  /** The process in its fleet, once it has started announcing itself. */
  let presence: FleetPresence | undefined;
  const told = new Set<string>();
  const telling = new Set<Promise<void>>();
  const leaving = new AbortController();

  const load = (): NodeLoad => {
    const { status, sessions: running, promised, maxSessions = Infinity } = sessions.load;
    return { ready: status === "ready", sessions: running, promised, maxSessions };
  };

  /** Tells other processes what has become of a session. */
  async function tell(news: SessionNews, others: readonly (Node | undefined)[]): Promise<void> {
    const request = {
      method: NEWS_METHOD,
      path: `${options.basePath}${newsPath(news)}`,
      origin,
      body: new Uint8Array(),
      headers: new Headers(),
    };
    const told = new Map(others.flatMap((node) => node ? [[node.origin, node]] : []));
    told.delete(origin);
    const { signal } = leaving;
    await Promise.all([...told.values()].map((node) => forwarder.send(node, request, signal)));
  }

  /** Only the end waits for the news to arrive. */
  const inBackground = (work: Promise<void>) => {
    const done = work.catch(() => {}).finally(() => telling.delete(done));
    telling.add(done);
  };

  /** The process that promised a session, as its id names it. */
  const promiser = async (id: string): Promise<Node | undefined> => {
    const name = nameIn(id);
    return name === undefined || name === self.name ? undefined : await nodes.named(name);
  };

  async function take(id: string): Promise<void> {
    const before = await fleet.owner(id).catch(() => undefined);
    await fleet.claim(id, origin).catch(() => {}); // it is claimed again when it begins
    const owner = before === undefined ? undefined : await nodes.at(before);
    await tell({ kind: "taken", id }, [owner, await promiser(id)]);
  }

  /** Takes a place for a session among those of all processes. */
  async function hold(id: string, visit: Visit): Promise<void> {
    if (most === undefined || sessions.get(id)) return; // one that runs has its place
    const place = { ...placeOf(visit), most };
    // Where the fleet does not answer it is let in, for this process counts too.
    if (await fleet.hold?.(id, place).catch(() => true)) return;
    sessions.dismiss(id);
    throw fleetFull();
  }

  /** Gives a place back, unless another process has it by now. */
  async function free(id: string): Promise<void> {
    const owner = await fleet.owner(id);
    if (owner === undefined || owner === origin) await fleet.free?.(id);
  }

  const remember = (id: string) => {
    if (told.size >= MOST_TOLD) told.clear();
    told.add(id);
  };

  const member: FleetMember = {
    newId: (prefix) => newSelfRoutingId(hash, self.name, prefix),
    async pay(client, { startsPerMinute: limit = STARTS_PER_MINUTE }) {
      const key = await hash(`start ${client}`); // it may be somebody's number
      if (await fleet.take(key, { limit, windowMs: MINUTE_MS }).catch(() => true)) return;
      logger.warn("A client started more than {limit} sessions a minute in the fleet", { limit });
      throw tooManyStarts(limit, Math.ceil(60 / limit));
    },
    async admitted(id, visit) {
      await hold(id, visit);
      presence?.changed();
      if (!visit.promised) return;
      remember(id);
      inBackground(take(id));
    },
    dismissed(id, here) {
      if (here && most !== undefined) inBackground(free(id));
      if (here || told.has(id)) return;
      remember(id);
      inBackground(promiser(id).then((node) => tell({ kind: "dismissed", id }, [node])));
    },
    began: (id) => presence?.claim(id),
    ended: (id) => presence?.release(id),
    changed: () => presence?.changed(),
  };
  return {
    member,
    gate: fleetGate({ ...options, fleet, nodes, self, hash, forwarder, sockets }),
    enter: forwardedEntrance({
      app: options.main,
      hash,
      fleet: {
        name: self.name,
        basePath: options.basePath,
        dismissed: (id) => sessions.dismiss(id),
        taken(id) {
          sessions.dismiss(id);
          sessions.get(id)?.abort("Replaced by a new connection", "left");
        },
      },
    }),
    begin() {
      presence ??= fleetPresence({ fleet, origin, load, counted: most !== undefined });
    },
    idle: (mostMs) => sockets.idle(mostMs),
    async close() {
      sockets.close();
      await presence?.close();
      leaving.abort();
      await Promise.all(telling);
    },
  };
}

/** How long a session keeps its place, as in this process, and who may take it. */
function placeOf({ call, ringing, bound }: Visit): Omit<FleetPlace, "most"> {
  if (call) return { kind: "call", ms: CALL_PLACE_MS };
  if (ringing) return { kind: "session", ms: RINGING_PLACE_MS };
  return { kind: "promise", ms: bound ? ARRIVING_MS : PLACE_MS };
}

/** While the fleet does not answer for long, this process is on its own. */
const nobody = () => [];
