/**
 * The properties of a Daily meeting token, as Daily spells them.
 *
 * @module
 */
import * as z from "../../core/zod.ts";
import type { Schema } from "../../core/shape.ts";
import { charactersUpTo, positive, whole } from "../../core/checks.ts";
import {
  DailyPermissions,
  DailyRecording,
  epochSeconds,
  futureSeconds,
  type Maybe,
} from "./room_properties.ts";

/**
 * The properties of a meeting token. Unlisted ones are passed on; `null` means not to send a
 * property at all.
 */
export interface DailyMeetingTokenProperties {
  /** Always the room that the token is made for, whatever is given here. */
  readonly room_name?: Maybe<string>;
  /** Until when the token can be used to join, in s of Unix time. Fractions are dropped. */
  readonly exp?: Maybe<number>;
  /** From when the token can be used to join, in s of Unix time. Fractions are dropped. */
  readonly nbf?: Maybe<number>;
  /** Whether its holder must leave at `exp`. */
  readonly eject_at_token_exp?: Maybe<boolean>;
  /** How long its holder may stay, in s. */
  readonly eject_after_elapsed?: Maybe<number>;
  /** Whether they own the room: admit, mute and remove others. */
  readonly is_owner?: Maybe<boolean>;
  /** The name that others see. */
  readonly user_name?: Maybe<string>;
  /** At most 36 characters. */
  readonly user_id?: Maybe<string>;
  /** They may share their screen. */
  readonly enable_screenshare?: Maybe<boolean>;
  /** They join with the camera off. */
  readonly start_video_off?: Maybe<boolean>;
  /** They join with the microphone off. */
  readonly start_audio_off?: Maybe<boolean>;
  /** What they may record, and where. */
  readonly enable_recording?: Maybe<DailyRecording>;
  /** Daily's page asks for name, camera and microphone first. */
  readonly enable_prejoin_ui?: Maybe<boolean>;
  /** Daily's page has a button for captions. */
  readonly enable_live_captions_ui?: Maybe<boolean>;
  /** Daily's page has a button for recordings. */
  readonly enable_recording_ui?: Maybe<boolean>;
  /** Little is logged. */
  readonly enable_terse_logging?: Maybe<boolean>;
  /** Its holder must knock. */
  readonly knocking?: Maybe<boolean>;
  /** A recording starts when its holder joins. */
  readonly start_cloud_recording?: Maybe<boolean>;
  /** How that recording is made. */
  readonly start_cloud_recording_opts?: Maybe<Readonly<Record<string, unknown>>>;
  /** A transcription starts when its holder joins. */
  readonly auto_start_transcription?: Maybe<boolean>;
  /** The tab closes when its holder leaves. */
  readonly close_tab_on_exit?: Maybe<boolean>;
  /** Where the browser goes when its holder leaves. */
  readonly redirect_on_meeting_exit?: Maybe<string>;
  /** The language of Daily's page, such as `de`; `user` is the browser's. */
  readonly lang?: Maybe<string>;
  /** What they may do in the room. */
  readonly permissions?: Maybe<DailyPermissions>;
  /** Any other property of Daily's, passed on unchanged. */
  readonly [property: string]: unknown;
}

const flag = z.nullish(z.boolean());
const text = z.nullish(z.string());

/** Parses the properties of a meeting token. */
export const DailyMeetingTokenProperties: Schema<DailyMeetingTokenProperties> = z
  .looseObject({
    room_name: text,
    exp: futureSeconds,
    nbf: epochSeconds,
    eject_at_token_exp: flag,
    eject_after_elapsed: z.nullish(z.number().check(whole, positive)),
    is_owner: flag,
    user_name: text,
    user_id: z.nullish(z.string().check(charactersUpTo(36))),
    enable_screenshare: flag,
    start_video_off: flag,
    start_audio_off: flag,
    enable_recording: z.nullish(DailyRecording),
    enable_prejoin_ui: flag,
    enable_live_captions_ui: flag,
    enable_recording_ui: flag,
    enable_terse_logging: flag,
    knocking: flag,
    start_cloud_recording: flag,
    start_cloud_recording_opts: z.nullish(z.looseObject({})),
    auto_start_transcription: flag,
    close_tab_on_exit: flag,
    redirect_on_meeting_exit: text,
    lang: text,
    permissions: z.nullish(DailyPermissions),
  });
