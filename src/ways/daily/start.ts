/**
 * What a start request says of Daily.
 *
 * @module
 */
import * as z from "../../core/zod.ts";
import { DailyRoomProperties } from "./room_properties.ts";
import { DailyMeetingTokenProperties } from "./token_properties.ts";

/** The fields of `POST /start` that only Daily reads. */
export interface DailyStart {
  readonly dailyRoomProperties?: DailyRoomProperties | null | undefined;
  readonly dailyMeetingTokenProperties?: DailyMeetingTokenProperties | null | undefined;
}

/** Parses them. */
export const DailyStart: z.ZodMiniType<DailyStart> = z.looseObject({
  dailyRoomProperties: z.nullish(DailyRoomProperties),
  dailyMeetingTokenProperties: z.nullish(DailyMeetingTokenProperties),
});
