/**
 * The properties of a Daily room, as Daily spells them.
 *
 * @module
 */
import * as z from "../../core/zod.ts";
import type { Schema } from "../../core/shape.ts";
import { charactersUpTo, filled, positive, whole } from "../../core/checks.ts";

/** A value that may be left out: `null` means not to send it at all. */
export type Maybe<T> = T | null | undefined;

/** How a room can be called over SIP. */
export interface DailySipProperties {
  /** Shown for the caller. Default: `sw-sip-dialin`. */
  readonly display_name?: Maybe<string>;
  /** Whether callers may send video. Default: false. */
  readonly video?: Maybe<boolean>;
  /** Default: `dial-in`. */
  readonly sip_mode?: Maybe<string>;
  /** How many can call at a time. Default: 1. */
  readonly num_endpoints?: Maybe<number>;
  /** The codecs to use, best first. */
  readonly codecs?: Maybe<{
    readonly audio?: Maybe<readonly string[]>;
    readonly video?: Maybe<readonly string[]>;
  }>;
  /** Who carries the call; Daily knows one by default. */
  readonly provider?: Maybe<string>;
  /** Any other property of Daily's, passed on unchanged. */
  readonly [property: string]: unknown;
}

/** A bucket of the user's own. */
export interface DailyBucket {
  /** The name of the bucket in S3. */
  readonly bucket_name: string;
  /** Its region, such as `us-west-2`. */
  readonly bucket_region: string;
  /** The role that Daily takes on to write there. */
  readonly assume_role_arn: string;
  /** Whether Daily's API can also return what is there. Default: false. */
  readonly allow_api_access?: Maybe<boolean>;
  /** Any other property of Daily's, passed on unchanged. */
  readonly [property: string]: unknown;
}

/** What somebody may do in a room. */
export interface DailyPermissions {
  /** Whether others see that they are there. */
  readonly hasPresence?: Maybe<boolean>;
  /** Such as `["audio", "video"]`. */
  readonly canSend?: Maybe<boolean | readonly string[]>;
  /** Whose media they may receive. */
  readonly canReceive?: unknown;
  /** Such as `["participants"]`. */
  readonly canAdmin?: Maybe<boolean | readonly string[]>;
  /** Any other property of Daily's, passed on unchanged. */
  readonly [property: string]: unknown;
}

/** What may be recorded, and where. */
export type DailyRecording = "cloud" | "cloud-audio-only" | "local" | "raw-tracks";

/**
 * The properties of a room. Unlisted ones are passed on; `null` means not to send a property at
 * all.
 */
export interface DailyRoomProperties {
  /** When the room expires, in s of Unix time. Fractions are dropped. */
  readonly exp?: Maybe<number>;
  /** When the room opens, in s of Unix time. Fractions are dropped. */
  readonly nbf?: Maybe<number>;
  /** Whether everybody must leave at `exp`. */
  readonly eject_at_room_exp?: Maybe<boolean>;
  /** How long each may stay, in s. */
  readonly eject_after_elapsed?: Maybe<number>;
  /** How many may be in the room. */
  readonly max_participants?: Maybe<number>;
  /** Daily's page has a chat. */
  readonly enable_chat?: Maybe<boolean>;
  /** The chat has reactions, replies and files. */
  readonly enable_advanced_chat?: Maybe<boolean>;
  /** Participants see what was written before they joined. */
  readonly enable_shared_chat_history?: Maybe<boolean>;
  /** Daily's page asks for name, camera and microphone first. */
  readonly enable_prejoin_ui?: Maybe<boolean>;
  /** Daily's page lists who is there. */
  readonly enable_people_ui?: Maybe<boolean>;
  /** Daily's page has a button for picture in picture. */
  readonly enable_pip_ui?: Maybe<boolean>;
  /** Daily's page shows the state of the network. */
  readonly enable_network_ui?: Maybe<boolean>;
  /** Daily's page has a button for captions. */
  readonly enable_live_captions_ui?: Maybe<boolean>;
  /** Daily's page has a switch for noise cancellation. */
  readonly enable_noise_cancellation_ui?: Maybe<boolean>;
  /** Daily's page has a choice of backgrounds. */
  readonly enable_video_processing_ui?: Maybe<boolean>;
  /** Daily's page warns if the processor is too slow. */
  readonly enable_cpu_warning_notifications?: Maybe<boolean>;
  /** Daily's page has emoji reactions. */
  readonly enable_emoji_reactions?: Maybe<boolean>;
  /** Daily's page lets people raise a hand. */
  readonly enable_hand_raising?: Maybe<boolean>;
  /** There may be breakout rooms. */
  readonly enable_breakout_rooms?: Maybe<boolean>;
  /** Whoever has no token may knock at a private room. */
  readonly enable_knocking?: Maybe<boolean>;
  /** People may share their screens. */
  readonly enable_screenshare?: Maybe<boolean>;
  /** Those who do not own the room join unseen. */
  readonly enable_hidden_participants?: Maybe<boolean>;
  /** Media goes through servers that are joined in a mesh. */
  readonly enable_mesh_sfu?: Maybe<boolean>;
  /** How many layers of video are sent follows the network. */
  readonly enable_adaptive_simulcast?: Maybe<boolean>;
  /** The same for rooms of more than two. */
  readonly enable_multiparty_adaptive_simulcast?: Maybe<boolean>;
  /** Little is logged. */
  readonly enable_terse_logging?: Maybe<boolean>;
  /** Nobody joins twice with one user id. */
  readonly enforce_unique_user_ids?: Maybe<boolean>;
  /** The page of Daily is fit for rooms of a thousand people. */
  readonly experimental_optimize_large_calls?: Maybe<boolean>;
  /** Only owners may turn on a camera or microphone, on the page of Daily. */
  readonly owner_only_broadcast?: Maybe<boolean>;
  /** People join with the camera off. */
  readonly start_video_off?: Maybe<boolean>;
  /** People join with the microphone off. */
  readonly start_audio_off?: Maybe<boolean>;
  /** From how many people on media goes through a server, not directly. */
  readonly sfu_switchover?: Maybe<number>;
  /** The language of Daily's page, such as `de`; `user` is the browser's. */
  readonly lang?: Maybe<string>;
  /** The region of the media server, such as `us-east-1`. */
  readonly geo?: Maybe<string>;
  /** The region that live streams leave from. */
  readonly rtmp_geo?: Maybe<string>;
  /** Live streams leave from no other region. */
  readonly disable_rtmp_geo_fallback?: Maybe<boolean>;
  /** A URL that is notified of everybody who joins. */
  readonly meeting_join_hook?: Maybe<string>;
  /** What may be recorded, and where. */
  readonly enable_recording?: Maybe<DailyRecording>;
  /** Where recordings go. */
  readonly recordings_bucket?: Maybe<DailyBucket>;
  /** The path of a recording in the bucket, with placeholders. */
  readonly recordings_template?: Maybe<string>;
  /** Transcripts are kept. */
  readonly enable_transcription_storage?: Maybe<boolean>;
  /** Where transcripts go. */
  readonly transcription_bucket?: Maybe<DailyBucket>;
  /** How a transcription is set up that begins by itself. */
  readonly auto_transcription_settings?: Maybe<Readonly<Record<string, unknown>>>;
  /** Where live streams may go. */
  readonly streaming_endpoints?: Maybe<readonly unknown[]>;
  /** What those may do who join without a token that says otherwise. */
  readonly permissions?: Maybe<DailyPermissions>;
  /** Phones may be called from the room. */
  readonly enable_dialout?: Maybe<boolean>;
  /** Lets the room be called over SIP. */
  readonly sip?: Maybe<DailySipProperties>;
  /** Any other property of Daily's, passed on unchanged. */
  readonly [property: string]: unknown;
}

const flag = z.nullish(z.boolean());
const text = z.nullish(z.string());
const count = z.nullish(z.number().check(whole, positive));
const words = z.array(z.string());

/** Unix time in s; later ones than this are given in ms. */
const LATEST = 99_999_999_999;

const inSeconds = z.refine<number>(
  (value) => value <= LATEST,
  "Too big: give seconds, not milliseconds",
);

/** A moment in s of Unix time. */
export const epochSeconds: z.ZodMiniType<Maybe<number>> = z.nullish(z.pipe(
  z.number().check(positive, inSeconds),
  z.transform(Math.floor),
));

/** A moment that is yet to come, in s of Unix time. */
export const futureSeconds: z.ZodMiniType<Maybe<number>> = epochSeconds.check(z.refine(
  (value) => value == null || value * 1000 > Date.now(),
  "Too small: this time has passed",
));

/** Parses permissions. */
export const DailyPermissions: Schema<DailyPermissions> = z.looseObject({
  hasPresence: flag,
  canSend: z.nullish(z.union([z.boolean(), words])),
  canReceive: z.optional(z.unknown()),
  canAdmin: z.nullish(z.union([z.boolean(), words])),
});

/** Parses what may be recorded. */
export const DailyRecording: Schema<DailyRecording> = z.enum(
  ["cloud", "cloud-audio-only", "local", "raw-tracks"],
);

const Sip = z.looseObject({
  display_name: text,
  video: flag,
  sip_mode: text,
  num_endpoints: count,
  codecs: z.nullish(z.looseObject({ audio: z.nullish(words), video: z.nullish(words) })),
  provider: text,
});

const Bucket = z.looseObject({
  bucket_name: z.string().check(filled),
  bucket_region: z.string().check(filled),
  assume_role_arn: z.string().check(filled),
  allow_api_access: flag,
});

/** Parses the properties of a room. */
export const DailyRoomProperties: Schema<DailyRoomProperties> = z.looseObject({
  exp: futureSeconds,
  nbf: epochSeconds,
  eject_at_room_exp: flag,
  eject_after_elapsed: count,
  max_participants: count,
  enable_chat: flag,
  enable_advanced_chat: flag,
  enable_shared_chat_history: flag,
  enable_prejoin_ui: flag,
  enable_people_ui: flag,
  enable_pip_ui: flag,
  enable_network_ui: flag,
  enable_live_captions_ui: flag,
  enable_noise_cancellation_ui: flag,
  enable_video_processing_ui: flag,
  enable_cpu_warning_notifications: flag,
  enable_emoji_reactions: flag,
  enable_hand_raising: flag,
  enable_breakout_rooms: flag,
  enable_knocking: flag,
  enable_screenshare: flag,
  enable_hidden_participants: flag,
  enable_mesh_sfu: flag,
  enable_adaptive_simulcast: flag,
  enable_multiparty_adaptive_simulcast: flag,
  enable_terse_logging: flag,
  enforce_unique_user_ids: flag,
  experimental_optimize_large_calls: flag,
  owner_only_broadcast: flag,
  start_video_off: flag,
  start_audio_off: flag,
  sfu_switchover: z.nullish(z.number().check(positive)),
  lang: text,
  geo: text,
  rtmp_geo: text,
  disable_rtmp_geo_fallback: flag,
  meeting_join_hook: z.nullish(z.string().check(charactersUpTo(255))),
  enable_recording: z.nullish(DailyRecording),
  recordings_bucket: z.nullish(Bucket),
  recordings_template: z.nullish(z.string().check(charactersUpTo(1024))),
  enable_transcription_storage: flag,
  transcription_bucket: z.nullish(Bucket),
  auto_transcription_settings: z.nullish(z.looseObject({})),
  streaming_endpoints: z.nullish(z.array(z.unknown())),
  permissions: z.nullish(DailyPermissions),
  enable_dialout: flag,
  sip: z.nullish(Sip),
});
