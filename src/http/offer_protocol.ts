/**
 * The wire shapes of signaling, in their own module: a Worker without WebRTC does not contain them.
 *
 * @module
 */
import * as z from "../core/zod.ts";
import { filled, itemsUpTo, whole } from "../core/checks.ts";

/** Body of `POST /api/offer`. */
export interface OfferRequest {
  readonly sdp: string;
  readonly type: "offer";
  readonly pc_id?: string | null | undefined;
  readonly restart_pc?: boolean | null | undefined;
  readonly request_data?: unknown;
  readonly requestData?: unknown;
}

/** Parses the body of `POST /api/offer`. */
export const OfferRequest: z.ZodMiniType<OfferRequest> = z.looseObject({
  sdp: z.string().check(filled),
  type: z.literal("offer"),
  pc_id: z.nullish(z.string()),
  restart_pc: z.nullish(z.boolean()),
  request_data: z.optional(z.unknown()),
  requestData: z.optional(z.unknown()),
});

/** Answer to `POST /api/offer`. */
export interface OfferResponse {
  readonly sdp: string;
  readonly type: "answer";
  readonly pc_id: string;
}

/** Body of `PATCH /api/offer`. */
export interface CandidatesRequest {
  readonly pc_id: string;
  readonly candidates: readonly {
    readonly candidate: string;
    readonly sdp_mid?: string | null | undefined;
    readonly sdp_mline_index?: number | null | undefined;
  }[];
}

/** Parses the body of `PATCH /api/offer`. */
export const CandidatesRequest: z.ZodMiniType<CandidatesRequest> = z.looseObject({
  pc_id: z.string(),
  candidates: z._default(
    z.array(z.looseObject({
      candidate: z.string(),
      sdp_mid: z.nullish(z.string()),
      sdp_mline_index: z.nullish(z.number().check(whole)),
    })).check(itemsUpTo(256)),
    [],
  ),
});
