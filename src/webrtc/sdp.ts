/**
 * What is read from an SDP offer and changed in an SDP answer.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";

/** An offer that was checked, without the candidates that werift cannot handle. */
export interface Offer {
  readonly sdp: string;
  /** Whether audio is offered. */
  readonly hasAudio: boolean;
  /** Whether a data channel is offered. */
  readonly hasData: boolean;
  /** Whether the client insists on being the DTLS server. */
  readonly passive: boolean;
  /** Whether a candidate of the client is on this very machine. */
  readonly loopback: boolean;
}

const MAX_OFFER_CHARACTERS = 200_000;
/** Every candidate is tried from every local address, so their number is bounded. */
export const MAX_CANDIDATES = 40;

/**
 * Checks an offer and takes out what must not reach werift.
 *
 * @throws {RunnerError} `invalid_offer` when it is no WebRTC offer.
 */
export function readOffer(sdp: string): Offer {
  const lines = sdp.length > MAX_OFFER_CHARACTERS ? [] : sdp.split(/\r\n|\r|\n/);
  const starting = (prefix: string) => lines.filter((line) => line.startsWith(prefix));
  const media = starting("m=");
  if (lines[0]?.trim() !== "v=0" || media.length === 0) {
    throw invalidOffer("The SDP is not an offer; send the sdp of createOffer() as it is.");
  }
  for (const needed of ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:"]) {
    if (starting(needed).length === 0) {
      throw invalidOffer(`The SDP has no ${needed} line; send an offer for WebRTC.`);
    }
  }
  let candidates = 0;
  let loopback = false;
  const kept = lines.filter((line) => {
    // Candidates may still trickle in after an offer that says it has them all: see
    // usableCandidate.
    if (line.startsWith("a=end-of-candidates")) return false;
    if (!line.startsWith("a=candidate:")) return true;
    const address = usableCandidate(line.slice(2));
    if (address === undefined || ++candidates > MAX_CANDIDATES) return false;
    loopback ||= address.startsWith("127.") || address === "::1";
    return true;
  });
  const offered = media.filter((line) => !/^\S+ 0 /.test(line)); // a port of 0 means: not any more
  return {
    sdp: kept.join("\r\n"),
    hasAudio: offered.some((line) => line.startsWith("m=audio ")),
    hasData: offered.some((line) => line.startsWith("m=application ")),
    passive: starting("a=setup:passive").length > 0,
    loopback,
  };
}

/** The error for an offer that cannot be used. */
export function invalidOffer(detail: string, cause?: unknown): RunnerError {
  return new RunnerError("invalid_offer", detail, { status: 400, cause });
}

/**
 * The address of a candidate, if werift can use it.
 *
 * Left out are TCP, the names that browsers put in place of their addresses (`….local`: werift
 * would open a multicast socket that outlives the call; such a client is found as soon as its first
 * check arrives), and any other name.
 */
export function usableCandidate(candidate: string): string | undefined {
  const [, component, protocol, , address = "", port, , type = ""] = candidate.trim().split(/\s+/);
  if (component !== "1" || protocol?.toLowerCase() !== "udp") return;
  if (!/^(\d{1,3}(\.\d{1,3}){3}|[\da-f:.]*:[\da-f:.]*)$/i.test(address)) return;
  if (!(Number(port) > 0 && Number(port) < 65_536)) return;
  if (!["host", "srflx", "relay"].includes(type)) return;
  return address;
}

/**
 * Names more addresses in an answer: a host candidate is repeated with each address of its family, on
 * the same port. The answerer need not know them as its own, since it only ever hears from a client
 * on the socket behind them.
 */
export function addAddresses(sdp: string, addresses: readonly string[]): string {
  return sdp.replace(
    /^a=candidate:(\S+ \d+ udp \d+) (\S+) (\d+ typ host.*\r?\n)/gim,
    (line, start, own, end) =>
      addresses.filter((address) => address.includes(":") === own.includes(":"))
        .map((address) => `a=candidate:${start} ${address} ${end}`).join("") + line,
  );
}

/**
 * Makes an answer small and simple enough for an ESP32: no fingerprints of the long hashes, and
 * only the host candidates of one address.
 *
 * @param host The address of this machine that the device can reach.
 */
export function simplifyAnswer(sdp: string, host: string | undefined): string {
  const kept = sdp.split(/\r\n|\r|\n/).filter((line) => {
    if (/sha-(384|512)/.test(line)) return false;
    if (host === undefined || !line.includes("a=candidate")) return true;
    return line.includes(host) && !line.includes("raddr");
  });
  while (kept.at(-1) === "") kept.pop();
  return `${kept.join("\r\n")}\r\n`;
}
