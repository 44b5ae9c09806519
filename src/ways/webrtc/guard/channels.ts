/**
 * The guard in front of werift's data channels.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { getLogger } from "../../../core/log.ts";
import type { RTCSctpTransport } from "werift";
import { PAYLOAD, readChannelControl } from "./dcep.ts";
import type { Deliver } from "./sctp_inbound.ts";

const logger = getLogger(["pipecat", "runner", "webrtc"]);
/** Answers on their way at which no channel is opened: the client acknowledges nothing any more. */
const MAX_UNSENT_CHUNKS = 4096;
const KINDS: ReadonlySet<number> = new Set(Object.values(PAYLOAD));

/**
 * Hands messages to their channels, if they are sound. What werift throws at others it throws in
 * promises that nobody awaits.
 *
 * @param find The association of the call.
 * @param adopt Makes a channel of a stream on which a message comes before any channel was opened:
 * the client has agreed upon it with nobody (`negotiated: true`).
 */
export function channelMessages(
  find: () => RTCSctpTransport | undefined,
  adopt: (stream: number) => void,
): Deliver {
  return (stream, protocol, message) => {
    const association = find();
    if (!association || !KINDS.has(protocol)) return;
    const { dataChannels } = association;
    if (protocol === PAYLOAD.control) {
      const control = readChannelControl(message);
      const isOpen = dataChannels[stream] !== undefined;
      // What is open is not opened again, or each time would be answered.
      if (!control || isOpen !== (control.kind === "acknowledge")) return;
      if (association.sctp.outboundQueue.length > MAX_UNSENT_CHUNKS) return;
    } else if (!dataChannels[stream] && Object.keys(dataChannels).length === 0) adopt(stream);
    const { buffer, byteOffset, byteLength } = message;
    const bytes = Buffer.from(buffer, byteOffset, byteLength); // a view, no copy
    // Private only to the types.
    association["datachannelReceive"](stream, protocol, bytes).catch((error: unknown) => {
      logger.debug("A message is ignored: {error}", { error });
    });
  };
}
