/**
 * Colour, where the reader is a terminal that wants it.
 *
 * @module
 */
import process from "node:process";
import { styleText } from "node:util";

/** The looks that the command line uses. */
export type Look = "bold" | "dim" | "cyan" | "green" | "yellow" | "red";

/** Dresses a text, or leaves it as it is. */
export type Style = (look: Look, text: string) => string;

/** Plain text. */
export const plain: Style = (_look, text) => text;

/** The style of a stream: plain under `NO_COLOR` and where no terminal reads it. */
export function styleOf(stream: "stdout" | "stderr"): Style {
  return (look, text) => styleText(look, text, { stream: process[stream] });
}
