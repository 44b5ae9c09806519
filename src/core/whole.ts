/**
 * A check of numbers, apart from the others: who does not use it does not hold it.
 *
 * @module
 */
import * as z from "./zod.ts";

/** Checks that a number has no fraction. `z.int` does too, but adds half a kB to a Worker. */
export const whole: z.core.$ZodCheck<number> = z.refine(
  Number.isSafeInteger,
  "Invalid input: expected int, received number",
);
