import type { LoggedMessage } from "./happenings.ts";

/** Messages as JSON, as the file of a call has them: one by itself, several as a list. */
export function messagesAsJson(messages: readonly LoggedMessage[]): string {
  const list = messages.map(({ ms, direction, type, data }) => ({
    ms,
    from: direction === "in" ? "bot" : "user",
    type,
    ...(data === undefined ? {} : { data }),
  }));
  return JSON.stringify(list.length === 1 ? list[0] : list, null, 2);
}
