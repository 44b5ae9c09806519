import type { MessageRow } from "./message_rows.ts";

/** What to do with the messages of a type: to show them and no others, or all others. */
export type TypeChoice = "only" | "not";

/** Which messages are shown. */
export interface MessageFilter {
  /** Words that a message has to have; after a minus, those that it must not have. */
  readonly text: string;
  readonly types: ReadonlyMap<string, TypeChoice>;
}

/** Shows all messages. */
export const NO_FILTER: MessageFilter = { text: "", types: new Map() };

/** How many rows there are of a type. */
export interface TypeCount {
  readonly type: string;
  readonly count: number;
}

/** Whether a filter leaves anything out. */
export function filters({ text, types }: MessageFilter): boolean {
  return text.trim() !== "" || types.size > 0;
}

/** The rows that a filter lets through; the same array where it lets through all. */
export function filtered(
  rows: readonly MessageRow[],
  filter: MessageFilter,
): readonly MessageRow[] {
  if (!filters(filter)) return rows;
  const { types } = filter;
  const only = [...types.values()].includes("only");
  const terms = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const without = terms.filter((term) => term.startsWith("-") && term.length > 1)
    .map((term) => term.slice(1));
  const wanted = terms.filter((term) => !term.startsWith("-"));
  return rows.filter((row) => {
    const choice = types.get(row.type);
    if (choice === "not" || (only && choice !== "only")) return false;
    if (wanted.length === 0 && without.length === 0) return true;
    const text = textOf(row);
    return wanted.every((term) => text.includes(term)) &&
      !without.some((term) => text.includes(term));
  });
}

/** The filter after a click on a type: it alone, then all but it, then as before. */
export function clicked(filter: MessageFilter, type: string): MessageFilter {
  const types = new Map(filter.types);
  switch (types.get(type)) {
    case undefined:
      types.set(type, "only");
      break;
    case "only":
      types.set(type, "not");
      break;
    case "not":
      types.delete(type);
      break;
  }
  return { ...filter, types };
}

/** The types of the rows, as they first came; and those that are chosen, though there are none. */
export function typesOf(
  rows: readonly MessageRow[],
  { types }: MessageFilter,
): readonly TypeCount[] {
  const counts = new Map<string, number>();
  for (const { type } of rows) counts.set(type, (counts.get(type) ?? 0) + 1);
  for (const type of types.keys()) if (!counts.has(type)) counts.set(type, 0);
  return [...counts].map(([type, count]) => ({ type, count }));
}

/** What a filter looks at; made once a row. */
const texts = new WeakMap<MessageRow, string>();

function textOf(row: MessageRow): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const { first, last, told } = row;
  const words = told?.kind === "words" ? told.text : told?.name ?? "";
  const ends = first === last ? [last] : [first, last];
  const text = [row.type, words, ...ends.flatMap(({ type, data }) => [type, JSON.stringify(data)])]
    .join(" ").toLowerCase();
  texts.set(row, text);
  return text;
}
