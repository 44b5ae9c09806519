/**
 * The guard in front of werift's data channels.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { RTCSctpTransport } from "werift";

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/**
 * Catches what werift throws at malformed messages. It does so in promises that nobody awaits: any
 * client could end the process.
 */
export function guardChannels(sctp: RTCSctpTransport): void {
  const ignore = (error: unknown) => logger.debug("A message is malformed: {error}", { error });
  sctp.sctp.onReceive.allUnsubscribe();
  sctp.sctp.onReceive.subscribe((stream, protocol, bytes) => {
    // Private to the types alone.
    sctp["datachannelReceive"](stream, protocol, bytes).catch(ignore);
  });
}
