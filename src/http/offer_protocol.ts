/**
 * The wire shapes of signaling. They stand apart: a Worker without WebRTC does not hold them.
 *
 * @module
 */
import {
  anything,
  fields,
  flag,
  list,
  mapped,
  nullish,
  oneOf,
  optional,
  type Parser,
  text,
  textOf,
  whole,
} from "../core/parse.ts";

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
export const OfferRequest: Parser<OfferRequest> = fields({
  sdp: textOf(1),
  type: oneOf("offer"),
  pc_id: nullish(text),
  restart_pc: nullish(flag),
  request_data: anything,
  requestData: anything,
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

const candidates = list(
  fields({ candidate: text, sdp_mid: nullish(text), sdp_mline_index: nullish(whole) }),
  256,
);

/** Parses the body of `PATCH /api/offer`. */
export const CandidatesRequest: Parser<CandidatesRequest> = fields({
  pc_id: text,
  candidates: mapped(optional(candidates), (given = []) => given),
});
