import { CARRIER_NAMES } from "../../../src/core/transport_names.ts";
import { KINDS, type Settings, type TransportKind } from "./settings.ts";

/** The runner's names for a way to the bot. */
export function namesOf(kind: TransportKind): readonly string[] {
  return kind === "phone" ? CARRIER_NAMES : [kind];
}

/** Chooses another way, or carrier, where the chosen one is not on and another one is. */
export function available(
  { transport, carrier }: Pick<Settings, "transport" | "carrier">,
  enabled: readonly string[],
): Partial<Settings> {
  const can = (kind: TransportKind): boolean => needOf(kind, enabled) === undefined;
  const chosen = can(transport) ? transport : KINDS.find(can) ?? transport;
  const name = enabled.includes(carrier)
    ? carrier
    : CARRIER_NAMES.find((name) => enabled.includes(name)) ?? carrier;
  return { transport: chosen, carrier: name };
}

/** What a way to the bot needs, when it cannot be taken; undefined when it can. */
export function needOf(
  kind: TransportKind,
  enabled: readonly string[] | undefined,
): string | undefined {
  if (!enabled || namesOf(kind).some((name) => enabled.includes(name))) return undefined;
  // A runner that was told to serve one transport has exactly one.
  if (enabled.length === 1 && kind !== "daily" && kind !== "livekit") {
    return `Runner serves ${enabled[0]} only`;
  }
  switch (kind) {
    case "webrtc":
      return "Needs a WebRTC stack";
    case "websocket":
      return "Off on this runner";
    case "phone":
      return "Off on this runner";
    case "daily":
      return "Needs DAILY_API_KEY";
    case "livekit":
      return "Needs LIVEKIT_URL";
  }
}
