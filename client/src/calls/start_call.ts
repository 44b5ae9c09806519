import { loadPart } from "../session/load_part.ts";
import type { Call, CallOptions } from "./call.ts";

/** Loads what most calls need. */
export const loadRtvi = (): Promise<typeof import("./rtvi.ts")> => import("./rtvi.ts");

/**
 * Starts a call by the transport that is chosen.
 *
 * @throws {Error} When its code cannot be loaded.
 */
export async function startCall(options: CallOptions): Promise<Call> {
  switch (options.settings.transport) {
    case "phone":
      return (await loadPart(import("./phone.ts"))).startPhoneCall(options);
    case "webrtc":
    case "websocket":
    case "daily":
    case "livekit":
      return await (await loadPart(loadRtvi())).startRtviCall(options);
  }
}
