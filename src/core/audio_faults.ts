/**
 * What went wrong with live audio, counted for all sessions of the process.
 *
 * @module
 */

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

/** The counts since the process began. They only grow, and are plain numbers: audio must not wait. */
export const audioFaults: AudioFaults = { late: 0, lost: 0, unread: 0, stale: 0 };
