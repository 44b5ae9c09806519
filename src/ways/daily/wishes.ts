/**
 * What a client that starts a session may ask of Daily: it is a stranger, and the runner's account
 * pays.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";
import type { DailyRoomProperties } from "./room_properties.ts";
import type { DailyMeetingTokenProperties } from "./token_properties.ts";

/** The properties that may be requested besides the harmless ones: all, none, or these. */
export type DailyOpenProperties = boolean | readonly string[];

/** What a start request asks for. */
export interface DailyWishes {
  readonly room?: DailyRoomProperties | null | undefined;
  readonly token?: DailyMeetingTokenProperties | null | undefined;
}

/** What it gets. */
export interface DailyGrant {
  readonly room: DailyRoomProperties;
  readonly token: DailyMeetingTokenProperties;
}

/** What changes how the call looks and sounds, or makes it shorter. */
const HARMLESS = [
  "exp",
  "nbf",
  "eject_after_elapsed",
  "enable_prejoin_ui",
  "enable_screenshare",
  "enable_live_captions_ui",
  "enable_terse_logging",
  "start_video_off",
  "start_audio_off",
  "lang",
];

const HARMLESS_FOR_ROOMS = [
  "eject_at_room_exp",
  "max_participants",
  "enable_chat",
  "enable_advanced_chat",
  "enable_shared_chat_history",
  "enable_people_ui",
  "enable_pip_ui",
  "enable_network_ui",
  "enable_noise_cancellation_ui",
  "enable_video_processing_ui",
  "enable_cpu_warning_notifications",
  "enable_emoji_reactions",
  "enable_hand_raising",
  "enable_knocking",
  "enable_mesh_sfu",
  "enable_adaptive_simulcast",
  "enable_multiparty_adaptive_simulcast",
  "enforce_unique_user_ids",
  "experimental_optimize_large_calls",
  "owner_only_broadcast",
  "sfu_switchover",
  "geo",
];

const HARMLESS_FOR_TOKENS = [
  "room_name",
  "is_owner",
  "eject_at_token_exp",
  "user_name",
  "user_id",
  "knocking",
  "close_tab_on_exit",
];

/**
 * Grants a start request's properties if they are harmless. Properties that cost money, record,
 * dial out, notify others or grant rights in the room are not, nor are those that this runner does
 * not know. Rooms and tokens end with the longest session at the latest, and their participants
 * then leave.
 *
 * @param open What else may be requested, with any value.
 * @param seconds The longest session.
 * @throws {RunnerError} `property_not_allowed` with status 403, naming the property.
 */
export function grantWishes(
  { room, token }: DailyWishes,
  open: DailyOpenProperties,
  seconds: number,
): DailyGrant {
  if (open === true) return { room: room ?? {}, token: token ?? {} };
  if (open === false) return grantWishes({ room, token }, [], seconds);
  if (token?.is_owner && !open.includes("is_owner")) {
    throw notAllowed("dailyMeetingTokenProperties", "is_owner");
  }
  const limits = { open, seconds };
  const grantedRoom = grant("dailyRoomProperties", room ?? {}, HARMLESS_FOR_ROOMS, limits);
  const grantedToken = grant(
    "dailyMeetingTokenProperties",
    token ?? {},
    HARMLESS_FOR_TOKENS,
    limits,
  );
  // For the token, this limits the stay instead of the room's setting.
  const ends = [grantedToken.exp, grantedRoom.exp].filter((exp) => typeof exp === "number");
  const exp = ends.length > 0 && !open.includes("exp") ? { exp: Math.min(...ends) } : {};
  return { room: grantedRoom, token: { ...grantedToken, ...exp } };
}

interface Limits {
  readonly open: readonly string[];
  readonly seconds: number;
}

function grant<T extends DailyRoomProperties | DailyMeetingTokenProperties>(
  field: string,
  wishes: T,
  harmless: readonly string[],
  { open, seconds }: Limits,
): Partial<T> {
  const granted = Object.entries(wishes).flatMap(([name, value]): [string, unknown][] => {
    if (open.includes(name)) return [[name, value]];
    // Null means not to send a property: then Daily's default would apply instead of the runner's.
    if (value === null || value === undefined) return [];
    if (!HARMLESS.includes(name) && !harmless.includes(name)) throw notAllowed(field, name);
    if (typeof value !== "number") return FORCED.includes(name) ? [] : [[name, value]];
    if (name === "exp") return [[name, Math.min(value, Math.floor(Date.now() / 1000) + seconds)]];
    return [[name, name === "eject_after_elapsed" ? Math.min(value, seconds) : value]];
  });
  return Object.fromEntries(granted) as Partial<T>; // true: some of T's properties
}

/** What is as the runner has it, whatever is asked for. */
const FORCED = ["eject_at_room_exp", "eject_at_token_exp", "is_owner", "room_name"];

function notAllowed(field: string, name: string): RunnerError {
  const detail = `Whoever starts a session may not set ${field}.${name}. ` +
    `To allow it, start the runner with --daily-properties ${name}.`;
  return new RunnerError("property_not_allowed", detail);
}
