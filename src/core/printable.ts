/**
 * Text of strangers, made fit for a terminal or a log.
 *
 * Text from a caller, a page or a bot's error may contain sequences that move the cursor or set the
 * title (C0 and C1 controls), reverse the reading order (bidirectional controls), or begin lines
 * that look like the log's own.
 *
 * @module
 */

/**
 * Controls but the line feed, separators of lines and paragraphs, and formats that have an effect and
 * no width; those that join letters and emoji stay.
 */
const UNPRINTABLE = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** An error may be its own cause. */
const MOST_CAUSES = 5;

/** The prefix of each line of a text except the first. */
const CONTINUED = "\n    | ";

/** One line: whatever would not be shown is written out, such as `\u001b`, line ends too. */
export function printableLine(text: string): string {
  return escaped(text).replaceAll("\n", "\\n");
}

/** The same lines; all but the first are marked, so that none can pass for another entry. */
export function printableLines(text: string): string {
  return escaped(text.replace(/\r\n?/g, "\n")).replaceAll("\n", CONTINUED);
}

/**
 * JSON with the same meaning and without unprintable characters in its strings, the only place
 * where they can be.
 */
export function printableJson(json: string): string {
  return escaped(json);
}

/** Where an error and its causes come from, each frame in a line that is indented. */
export function printableStack(error: Error, causes = MOST_CAUSES): string {
  const frames = String(error.stack).split("\n").filter((line) => /^\s+at /.test(line));
  const cause = error.cause instanceof Error && causes > 0
    ? `\n    caused by ${printableLine(String(error.cause.message))}` +
      printableStack(error.cause, causes - 1)
    : "";
  return frames.map((frame) => `\n    ${printableLine(frame.trim())}`).join("") + cause;
}

function escaped(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}
