/**
 * What went wrong with live audio, counted for all sessions of the process, by their transport.
 *
 * @module
 */
import type { TransportName } from "./transport_names.ts";

/** How many frames of live audio nobody heard in time. */
export interface AudioFaults {
  /** Came from a caller after their time. */
  late: number;
  /** Never came from a caller; something was made up in their place. */
  lost: number;
  /** Were dropped because the bot did not read. */
  unread: number;
  /** Were dropped on their way to a caller, who would have heard them too late. */
  stale: number;
}

const byTransport = new Map<TransportName, AudioFaults>();

/** Counts that nobody reads. */
export function noAudioFaults(): AudioFaults {
  return { late: 0, lost: 0, unread: 0, stale: 0 };
}

/**
 * The counts of one transport since the process began. They only grow, and are plain numbers: audio must
 * not wait.
 */
export function audioFaultsOf(transport: TransportName): AudioFaults {
  let faults = byTransport.get(transport);
  if (!faults) byTransport.set(transport, faults = noAudioFaults());
  return faults;
}

/** The counts of all transports that had sessions. */
export function allAudioFaults(): Iterable<readonly [TransportName, AudioFaults]> {
  return byTransport;
}
