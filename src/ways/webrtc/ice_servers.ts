/**
 * STUN and TURN servers: every URL of every server is asked, and what cannot be used is logged.
 *
 * werift asks only the first of each kind, and says nothing if it does not answer.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import type * as Werift from "werift";
import { type IceServerSource, tellIceServers } from "../../core/ice_servers.ts";
import type { IceServer } from "../../core/peer.ts";
import { within } from "../../core/wait.ts";
import { openRelay, type Relay, type RelayServer } from "./relay.ts";

/** The ICE servers of a runner, over all of its calls. */
export interface IceServers {
  /** Lets a connection, which has not yet looked for its addresses, find more with the servers. */
  attach(werift: typeof Werift, connection: Werift.Connection): void;
}

/** One URL of a server. */
interface Entry {
  /** Its place among all; the first is the best. */
  readonly index: number;
  /** The same for the same URL in the same place, though its credentials are others now. */
  readonly key: string;
  readonly url: string;
  readonly username: string | undefined;
  readonly credential: string | undefined;
}

/** How long an answer may wait for the servers, in ms. */
const ANSWER_MS = 500;

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/** Takes the servers that a runner was given. */
export function createIceServers(servers: readonly IceServer[] | IceServerSource): IceServers {
  const tell = tellIceServers(servers);
  /** The keys of what failed the last time. */
  const failing = new Set<string>();
  const failed = ({ key, url }: Entry, reason: string) => {
    if (failing.has(key)) return; // told once, until it works again
    failing.add(key);
    logger.warn("The ICE server {url} cannot be used: {reason}", {
      url: withoutLogin(url),
      reason,
    });
  };
  const worked = (entry: Entry) => {
    if (!failing.delete(entry.key)) return;
    logger.info("The ICE server {url} can be used again", { url: withoutLogin(entry.url) });
  };
  /** The current servers; those no longer among them are forgotten. */
  const current = async (): Promise<readonly Entry[]> => {
    const entries = entriesOf(await tell());
    const keys = new Set(entries.map(({ key }) => key));
    for (const key of failing) if (!keys.has(key)) failing.delete(key);
    return entries;
  };

  return {
    attach(werift, connection) {
      const ended = Promise.withResolvers<void>();
      const relays = new Map<string, Relay>();
      let over = false;
      delete connection.stunServer; // werift would ask one of Google's

      const ask = async (entry: Entry): Promise<void> => {
        if (entry.url.includes("@")) throw new Error("its URL has no place for a login");
        const stun = werift.parseIceServers([{ urls: entry.url }]).stunServer;
        if (stun) return await findReflexive(werift, connection, stun);
        if (relays.has(entry.key)) return; // from before a restart of ICE
        const relay = openRelay(werift, relayServer(werift, entry), connection.options.portRange);
        relays.set(entry.key, relay);
        try {
          addRelay(werift, connection, await relay.allocated, entry.index);
        } catch (error) {
          relays.delete(entry.key);
          await relay.close();
          throw error;
        }
      };
      const attempt = async (entry: Entry, startedAt: number): Promise<void> => {
        try {
          await ask(entry);
          if (performance.now() - startedAt < ANSWER_MS && !over) worked(entry);
        } catch (error) {
          if (!over) failed(entry, reasonOf(error));
        }
      };

      const gather = connection.gatherCandidates.bind(connection);
      connection.gatherCandidates = async () => {
        const told = Promise.race([current(), ended.promise]);
        await gather();
        const entries = await told;
        if (!entries || over) return;
        const startedAt = performance.now();
        const pending = new Set(entries);
        const attempts = entries.map((entry) => {
          const isExpected = !failing.has(entry.key);
          const done = attempt(entry, startedAt).then(() => void pending.delete(entry));
          return isExpected ? done : undefined; // nobody waits for one that has failed before
        });
        const answered = Promise.race([Promise.all(attempts), ended.promise]);
        if (await within(ANSWER_MS, answered)) return;
        for (const entry of pending) failed(entry, `it did not answer within ${ANSWER_MS} ms`);
      };
      const close = connection.close.bind(connection);
      connection.close = async () => {
        over = true;
        ended.resolve();
        await Promise.all([...relays.values()].map((relay) => relay.close()));
        const protocols: Werift.Protocol[] = connection["protocols"];
        connection["protocols"] = protocols.filter(({ type }) => type !== "turn"); // closed now
        await close();
      };
    },
  };
}

function entriesOf(servers: readonly IceServer[]): Entry[] {
  return servers
    .flatMap(({ urls, username, credential }) => urls.map((url) => ({ url, username, credential })))
    .map((entry, index) => ({ ...entry, index, key: `${index} ${entry.url}` }));
}

/** Asks a STUN server how each socket looks from outside. */
async function findReflexive(
  werift: typeof Werift,
  connection: Werift.Connection,
  server: Werift.Address,
): Promise<void> {
  const protocols: readonly Werift.Protocol[] = connection["protocols"];
  const sockets = protocols.filter(({ localCandidate, type }) =>
    type === "stun" && localCandidate?.transport === "udp"
  );
  const found = await Promise.all(
    sockets.map((socket) => werift.serverReflexiveCandidate(socket, server)),
  );
  for (const candidate of found) {
    if (!candidate) continue;
    const known = connection.localCandidates.some(({ host, port }) =>
      host === candidate.host && port === candidate.port
    );
    if (!known) connection["appendLocalCandidate"](candidate); // RFC 8445 §5.1.3
  }
  if (!found.some(Boolean)) throw new Error("no answer");
}

/** Makes a relay one of the addresses of a connection. */
function addRelay(
  werift: typeof Werift,
  connection: Werift.Connection,
  relay: Werift.StunOverTurnProtocol,
  index: number,
): void {
  const { relayedAddress: [host, port], mappedAddress } = relay.turn;
  relay.localCandidate = new werift.Candidate(
    werift.candidateFoundation("relay", "udp", host),
    1,
    "udp",
    werift.candidatePriority("relay", 65_535 - index), // the first server is the best
    host,
    port,
    "relay",
    mappedAddress[0],
    mappedAddress[1],
    undefined,
    connection.generation,
    connection.localUsername,
  );
  connection["ensureProtocol"](relay);
  connection["protocols"].push(relay);
  connection["pairLocalProtocol"](relay); // if the client's candidates came before it
  connection["appendLocalCandidate"](relay.localCandidate);
}

function relayServer(werift: typeof Werift, { url, username, credential }: Entry): RelayServer {
  const { turnServer, turnTransport } = werift.parseIceServers([{ urls: url }]);
  if (!turnServer) throw new Error("its URL is not one of RFC 7064 or RFC 7065");
  if (!username || !credential) throw new Error("it needs a username and a credential");
  return {
    address: turnServer,
    transport: turnTransport ?? "udp",
    username,
    password: credential,
  };
}

/** What went wrong, of an error of werift's or of a socket's. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "str" in error && typeof error.str === "string" ? error.str : error.message;
}

/** What may be told of a URL, in which people have put a login. */
function withoutLogin(url: string): string {
  return url.replace(/^(\w+:)(?:.*@)/, "$1");
}
