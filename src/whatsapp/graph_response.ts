/**
 * What Meta's Graph API responds to a command.
 *
 * @module
 */
import * as z from "zod";

/** As much of a response as is read here. */
export interface GraphResponse {
  readonly success?: boolean | null | undefined;
  readonly error?:
    | {
      readonly code?: number | null | undefined;
      readonly error_subcode?: number | null | undefined;
      readonly message?: string | null | undefined;
      readonly error_data?: { readonly details?: string | null | undefined } | null | undefined;
    }
    | null
    | undefined;
}

/** Parses a response. */
export const GraphResponse: z.ZodType<GraphResponse> = z.looseObject({
  success: z.boolean().nullish(),
  error: z.looseObject({
    code: z.number().nullish(),
    error_subcode: z.number().nullish(),
    message: z.string().nullish(),
    error_data: z.looseObject({ details: z.string().nullish() }).nullish(),
  }).nullish(),
});
