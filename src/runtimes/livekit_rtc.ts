/**
 * Loads LiveKit's media library when the first bot joins a room.
 *
 * @module
 */
import { loadPackage } from "../core/load_package.ts";
import type { LiveKitRtc } from "../ways/livekit/rtc.ts";

/**
 * Loads `@livekit/rtc-node`, which holds 40 MB of native code. Once a room was joined, the library keeps
 * the process alive until that exits.
 *
 * @throws {RunnerError} `package_missing` and `not_permitted`, as {@link loadPackage} does.
 */
export function loadLiveKitRtc(): Promise<LiveKitRtc> {
  return loadPackage("@livekit/rtc-node", "1.1.0");
}
