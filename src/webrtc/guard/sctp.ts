/**
 * The guard in front of werift's SCTP: nothing reaches it that was not checked.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import type { RTCDtlsTransport, RTCSctpTransport } from "werift";
import { CHUNK, parseSctp, type SctpPacket, writeSctp } from "./sctp_packet.ts";
import { type AssociationState, judge } from "./sctp_rules.ts";

/** werift's names of the states are not exported; these are their numbers. */
const PHASES: readonly AssociationState["phase"][] = [
  "closed",
  "closed",
  "cookieWait",
  "cookieEchoed",
  "established",
];

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/**
 * Checks every packet before werift reads it. werift loops for ever over a chunk or a parameter of
 * length 0, counts blocks that a SACK acknowledges one by one, and begins an association again at
 * any time.
 *
 * What werift still throws it throws in promises that nobody awaits, which would end the process;
 * that is caught here.
 */
export function guardSctp(transport: RTCDtlsTransport, { sctp }: RTCSctpTransport): void {
  let initiated = false;
  const ignore = (error: unknown) => logger.debug("An SCTP packet is ignored: {error}", { error });
  // What is in brackets is private to the types alone.
  const state = (): AssociationState => ({
    phase: PHASES[sctp.associationState] ?? "ending",
    initiated,
    acknowledgedTsn: sctp["lastSackedTsn"],
    sentTsn: (sctp.outboundQueue[0]?.tsn ?? sctp["localTsn"]) - 1,
  });
  const isOurs = ({ sourcePort, destinationPort, verificationTag, chunks }: SctpPacket) => {
    const tag = chunks[0]?.type === CHUNK.init ? 0 : sctp["localVerificationTag"];
    return verificationTag === tag && destinationPort === sctp.port &&
      sourcePort === sctp["remotePort"];
  };

  transport.dataReceiver = (bytes) => {
    const packet = parseSctp(bytes);
    if (!packet || !isOurs(packet)) return;
    const now = state();
    const taken: Uint8Array[] = [];
    for (const chunk of packet.chunks) {
      const verdict = judge(chunk, now);
      if (verdict === "refuse") return;
      if (verdict === "take") taken.push(chunk.bytes);
    }
    if (taken.length === 0) return;
    initiated ||= packet.chunks[0]?.type === CHUNK.init;
    const whole = taken.length === packet.chunks.length;
    const checked = whole ? bytes : Buffer.from(writeSctp(packet, taken));
    sctp["handleData"](checked).catch(ignore);
  };
}
