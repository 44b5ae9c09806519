/**
 * The guard between the sockets of a call and werift's ICE: nothing reaches werift that is not from
 * the client of the call.
 *
 * STUN is checked in full before anything happens. Everything else is accepted only from an address
 * on which the client was authenticated and, once a path is chosen, has answered our check: packets
 * from anywhere else leave no trace, and get no answer.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { CandidatePair, Connection, Protocol } from "werift";
import { canonicalHost } from "./address.ts";
import { createIceMessages, credentialsOf, type Generation } from "./ice_messages.ts";
import { addressKey, createIcePaths, type IcePath, isOn } from "./ice_paths.ts";
import { BEAT_MS, createPaths } from "./paths.ts";
import { looksLikeStun } from "./stun.ts";
import { createWire, type Receive } from "./wire.ts";

/** For how long a client has agreed to be sent to since it last said so (RFC 7675 §5.1). */
const CONSENT_MS = 30_000;
/** How long a check waits for its answer, and how often it is repeated. */
const PROBE = { responseTimeout: 250, retransmissions: 1 };
/** werift's name for a pair of addresses that works. */
const SUCCEEDED: CandidatePair["state"] = 3;

/**
 * Guards the sockets of a connection, all of which are yet to be opened.
 *
 * @param onSign Called with each authentic check of the client on any path; for an ICE-lite client,
 * which sends none, with each answer to ours.
 */
export function guardIce(connection: Connection, onSign: () => void): void {
  const ended = new AbortController();
  const known = createIcePaths(connection);
  const paths = createPaths<IcePath>({ use, probe, all: known.all });
  let previous: Generation | undefined;
  let beating: ReturnType<typeof setInterval> | undefined;

  const earlier = () => previous && performance.now() < previous.until ? previous : undefined;
  const receiveStun = createIceMessages({ connection, known, paths, earlier, onSign });
  const receive: Receive<IcePath> = (wire, bytes, host, port) => {
    if (looksLikeStun(bytes)) return receiveStun(wire, bytes, host, port);
    if (!isDtlsOrMedia(bytes[0] ?? 0)) return;
    const { chosen } = paths;
    if (isOn(chosen, wire, host, port)) {
      chosen.heard = true;
      return wire.deliver(bytes);
    }
    const path = wire.paths.get(addressKey(host, port));
    if (path && (!chosen || isFresh(path))) {
      paths.heard(path);
      wire.deliver(bytes);
    } else if (isOn(earlier()?.path, wire, host, port)) wire.deliver(bytes);
  };

  function use({ pair }: IcePath): void {
    if (!pair || ended.signal.aborted || connection.nominated === pair) return;
    if (connection.nominated) connection.nominated.nominated = false;
    pair.nominated = true;
    connection.nominated = pair;
    connection["queryConsent"](); // consent is given for each pair of addresses
  }

  async function probe({ pair }: IcePath): Promise<boolean> {
    if (!pair || ended.signal.aborted) return false;
    const { localUsername, remoteUsername, remotePassword, iceControlling } = connection;
    const { protocol, localCandidate, remoteAddr } = pair;
    const nominate = iceControlling; // if it answers, it is used
    const names = { localUsername, remoteUsername };
    const request = connection["buildRequest"](
      { ...names, nominate, iceControlling, localCandidate },
    );
    const options = { ...PROBE, signal: ended.signal };
    try {
      await protocol.request(request, remoteAddr, Buffer.from(remotePassword), options);
      return true;
    } catch {
      return false; // no answer, or no valid one
    }
  }

  /** Watches the chosen path as soon as there is another one. */
  const watch = () => {
    if (beating !== undefined || ended.signal.aborted) return;
    if ([...known.all()].filter(({ valid }) => valid).length < 2) return;
    beating = setInterval(() => paths.beat(), BEAT_MS);
  };

  const ensureProtocol = connection["ensureProtocol"].bind(connection);
  connection["ensureProtocol"] = (protocol: Protocol) => {
    ensureProtocol(protocol);
    known.wires.set(protocol, createWire<IcePath>(protocol, known.wires.size, receive));
  };
  const checkComplete = connection["checkComplete"].bind(connection);
  connection["checkComplete"] = (pair: CandidatePair) => {
    checkComplete(pair);
    const path = known.of(pair);
    if (!path) return;
    if (pair.state !== SUCCEEDED) {
      if (path !== paths.chosen) path.valid = false;
      return;
    }
    if (!path.valid) paths.answered(path);
    const { nominated } = connection;
    const first = nominated && !paths.chosen && known.of(nominated);
    if (first) {
      previous = undefined;
      paths.begin(first);
    }
    watch();
  };
  const send = connection.send;
  connection.send = (packet) => {
    if (connection.nominated) return send(packet);
    const { protocol, remoteAddr } = earlier()?.path.pair ?? {};
    return protocol && remoteAddr ? protocol.sendData(packet, remoteAddr) : send(packet);
  };
  const restart = connection.restart.bind(connection);
  connection.restart = () => {
    const { chosen: path } = paths;
    const until = performance.now() + CONSENT_MS;
    if (path) previous = { credentials: credentialsOf(connection), path, until };
    paths.reset();
    known.clear();
    connection.userHistory = {}; // which werift never empties
    return restart();
  };
  const close = connection.close.bind(connection);
  connection.close = () => {
    clearInterval(beating);
    ended.abort();
    return close();
  };
  spellAsSockets(connection);
}

/** Whether the client can be sent to on a path, and has shown lately that it still is its own. */
function isFresh({ valid, checkedAt, answeredAt }: IcePath): boolean {
  return valid && performance.now() - Math.max(checkedAt, answeredAt) < CONSENT_MS;
}

/** Whether a first byte is one of DTLS, or of RTP and RTCP (RFC 7983 §7). */
function isDtlsOrMedia(first: number): boolean {
  return first > 127 && first < 192 || first > 19 && first < 64;
}

/** Spells the client's addresses as sockets do, so that a check is known to come from one. */
function spellAsSockets(connection: Connection): void {
  for (const candidate of connection.remoteCandidates) {
    candidate.host = canonicalHost(candidate.host);
  }
  const add = connection.addRemoteCandidate.bind(connection);
  connection.addRemoteCandidate = (candidate) => {
    if (candidate) candidate.host = canonicalHost(candidate.host);
    return add(candidate);
  };
}
