/**
 * Colour, if the reader is a terminal that supports it.
 *
 * @module
 */
import { styleText } from "node:util";

/** The looks that the command line uses. */
export type Look = "bold" | "dim" | "cyan" | "green" | "yellow" | "red";

/** Styles a text, or returns it unchanged. */
export type Style = (look: Look, text: string) => string;

/** Plain text. */
export const plain: Style = (_look, text) => text;

/** The style of a stream: plain under `NO_COLOR`, and if no terminal reads it. */
export function styleOf(stream: "stdout" | "stderr"): Style {
  if (Deno.noColor || isDumb() || !Deno[stream].isTerminal()) return plain;
  // By itself it would load Node's streams to find that out, which takes 4 ms of every start.
  return (look, text) => styleText(look, text, { validateStream: false });
}

/** Whether the terminal knows no looks; one that Deno does not allow to ask for counts as such. */
function isDumb(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "TERM" });
  return state !== "granted" || Deno.env.get("TERM") === "dumb";
}
