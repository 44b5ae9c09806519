/**
 * What Meta's Graph API responds to a command.
 *
 * @module
 */
import * as z from "../../core/zod.ts";

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
export const GraphResponse: z.ZodMiniType<GraphResponse> = z.looseObject({
  success: z.nullish(z.boolean()),
  error: z.nullish(z.looseObject({
    code: z.nullish(z.number()),
    error_subcode: z.nullish(z.number()),
    message: z.nullish(z.string()),
    error_data: z.nullish(z.looseObject({ details: z.nullish(z.string()) })),
  })),
});
