/**
 * Checks of strings, lists and numbers, with their own messages in the words of zod's English
 * locale. Zod's own checks, such as `z.minLength`, make a Worker half a kB larger; it contains only
 * those of these that it uses.
 *
 * @module
 */
import * as z from "./zod.ts";

/** Checks that a string is not empty. */
export const filled: z.core.$ZodCheck<string> = z.refine(
  (text) => text !== "",
  "Too small: expected string to have >=1 characters",
);

/** Checks that a string has at most this many characters. */
export function charactersUpTo(most: number): z.core.$ZodCheck<string> {
  const problem = `Too big: expected string to have <=${most} characters`;
  return z.refine(({ length }) => length <= most, problem);
}

/** Checks that a list has at most this many items. */
export function itemsUpTo(most: number): z.core.$ZodCheck<readonly unknown[]> {
  const problem = `Too big: expected array to have <=${most} items`;
  return z.refine(({ length }) => length <= most, problem);
}

/** Checks that a number has no fraction. */
export const whole: z.core.$ZodCheck<number> = z.refine(
  Number.isSafeInteger,
  "Invalid input: expected int, received number",
);

/** Checks that a number is above 0. */
export const positive: z.core.$ZodCheck<number> = z.refine(
  (value) => value > 0,
  "Too small: expected number to be >0",
);

/** Checks that a number is not below 0. */
export const notNegative: z.core.$ZodCheck<number> = z.refine(
  (value) => value >= 0,
  "Too small: expected number to be >=0",
);
