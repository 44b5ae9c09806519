/**
 * STUN from the sockets of a call: authentic messages are passed to werift, nothing else leaves a
 * trace or gets an answer (RFC 8489 §9.1.3, RFC 8445 §7).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Connection } from "werift";
import { canonicalHost, hostBytes } from "./address.ts";
import { createReplayFilter, type Credentials, judgeCheck, unknownAttributes } from "./check.ts";
import { addressKey, type IcePath, type IcePaths, isOn } from "./ice_paths.ts";
import type { Paths } from "./paths.ts";
import {
  ATTRIBUTE,
  BINDING,
  hasFingerprint,
  isAuthentic,
  readStun,
  type StunMessage,
  writeStun,
  xorMappedAddress,
} from "./stun.ts";
import type { Receive, Wire } from "./wire.ts";

/** What was valid until the client restarted ICE, and is until the restart is through. */
export interface Generation {
  readonly credentials: Credentials;
  readonly path: IcePath;
  /** When it ends at the latest, in ms of the monotonic clock. */
  readonly until: number;
}

/** What the checks of the present generation are made with. */
export function credentialsOf(connection: Connection): Credentials {
  const { localUsername, remoteUsername, localPassword } = connection;
  return { username: `${localUsername}:${remoteUsername}`, password: localPassword };
}

/** How many checks to remember, to notice a replayed one. */
const MAX_REMEMBERED = 1024;
/** Role conflicts that are settled in a call; more are a client that never agrees. */
const MAX_CONFLICTS = 8;
/** Ids that werift keeps for each pair of addresses, and never forgets. */
const MAX_NOTED = 256;

/** What STUN messages are about. */
export interface IceCall {
  readonly connection: Connection;
  readonly known: IcePaths;
  readonly paths: Paths<IcePath>;
  /** The generation before the present one, while it counts. */
  readonly earlier: () => Generation | undefined;
  /** The client has sent an authentic check, or an authentic answer if it never asks. */
  readonly onSign: () => void;
}

/** Makes what takes the STUN messages of a call. */
export function createIceMessages(call: IceCall): Receive<IcePath> {
  const { connection, known, paths } = call;
  const seen = createReplayFilter(MAX_REMEMBERED);
  let conflicts = 0;

  const onRequest = (wire: Wire<IcePath>, message: StunMessage, host: string, port: number) => {
    const credentials = credentialsOf(connection);
    const check = judgeCheck(message, credentials);
    if (!check) return onEarlierRequest(wire, message, host, port);
    const before = seen(message.transactionId, `${wire.id} ${addressKey(host, port)}`);
    const isKnown = wire.paths.has(addressKey(host, port));
    // From the client's known address it is not a replay, even if somebody was faster with a copy.
    if (before === "replayed" && !isKnown) return;
    if (check.kind === "refused") return wire.send(check.response, host, port);
    if (!isKnown && !known.mayLearn(host, port, paths.chosen)) return;
    if (check.controlled !== undefined && !connection.iceControlling) {
      if (++conflicts > MAX_CONFLICTS) return;
      // werift takes over too, but then forgets to answer (RFC 8445 §7.3.1.1).
      if (connection["tieBreaker"] >= check.controlled) connection["switchRole"](true);
    }
    wire.claim(host, port, false);
    wire.pass(canonical(message, credentials.password), host, port);
    const path = known.at(wire, host, port); // after werift has made its pair
    path.checkedAt = performance.now();
    path.heard = true;
    const noted = path.pair?.["requestTransactionIds"];
    if (noted && noted.size > MAX_NOTED) noted.clear();
    if (before === "repeated") return; // anybody can repeat it, in the client's name too
    call.onSign();
    if (check.nominates && !connection.iceControlling) paths.nominated(path);
  };

  /** The client checks the path of the generation before until it has a new one (RFC 8445 §9). */
  const onEarlierRequest = (
    wire: Wire<IcePath>,
    message: StunMessage,
    host: string,
    port: number,
  ) => {
    const earlier = call.earlier();
    if (!earlier || !isOn(earlier.path, wire, host, port)) return;
    if (judgeCheck(message, earlier.credentials)?.kind !== "good") return;
    call.onSign();
    const { transactionId } = message;
    const address = xorMappedAddress(hostBytes(host), port, transactionId);
    const attributes = [[ATTRIBUTE.xorMappedAddress, address] as const];
    const { password } = earlier.credentials;
    wire.send(writeStun({ kind: "success", transactionId, attributes }, password), host, port);
  };

  const onResponse = (wire: Wire<IcePath>, message: StunMessage, host: string, port: number) => {
    const transaction = wire.transactions[Buffer.from(message.transactionId).toString("hex")];
    if (!transaction) return;
    const { integrityKey, expectedAddr } = transaction;
    if (expectedAddr[1] !== port || canonicalHost(expectedAddr[0]) !== canonicalHost(host)) return;
    // Only STUN servers are asked without a key, and answer without a fingerprint.
    if (!integrityKey) return wire.pass(message.bytes, host, port);
    if (!hasFingerprint(message) || !isAuthentic(message, integrityKey)) return;
    if (unknownAttributes(message).length > 0) return;
    // A client that answers anybody has not come until it asks itself, unless it never asks: an
    // ICE-lite client leaves control to us.
    if (connection.iceControlling) call.onSign();
    if (message.kind === "error") {
      const [, , hundreds, rest] = message.attributes.get(ATTRIBUTE.errorCode) ?? [];
      if (hundreds === undefined || rest === undefined) return;
      // werift asks again at once after each 401 and 487, for as long as they come.
      if (hundreds === 4 && (rest === 1 || rest === 87) && ++conflicts > MAX_CONFLICTS) return;
    } else {
      if (!message.attributes.has(ATTRIBUTE.xorMappedAddress)) return;
      wire.claim(host, port, true);
      const path = wire.paths.get(addressKey(host, port));
      if (path) paths.answered(path);
    }
    wire.pass(canonical(message, integrityKey), host, port);
  };

  return (wire, bytes, host, port) => {
    const message = readStun(bytes);
    if (message?.method !== BINDING) return;
    // Indications only keep ways through NATs open, and nobody can tell who sent one.
    if (message.kind === "request") onRequest(wire, message, host, port);
    else if (message.kind !== "indication") onResponse(wire, message, host, port);
  };
}

/** An authentic message without what does not count in it. */
function canonical(message: StunMessage, key: string | Uint8Array): Uint8Array {
  return message.abridged ? writeStun(message, key) : message.bytes;
}
