import { add, type Conversation, replace } from "./conversation.ts";

/** A file that the user sends. */
export interface Attachment {
  readonly name: string;
  /** A small picture of it, as a `data:` URL, where it is one. */
  readonly picture?: string | undefined;
  readonly state: "sending" | "sent" | "failed";
  /** Why it was not sent. */
  readonly problem?: string;
}

/** Adds a file that is on its way, with what the user wrote about it; returns its key, too. */
export function attached(
  talk: Conversation,
  { text, name, at }: { readonly text: string; readonly name: string; readonly at: number },
): { readonly talk: Conversation; readonly key: number } {
  const file = { name, state: "sending" } as const;
  const line = { speaker: "user", at, text, rest: "", final: true, file } as const;
  return { talk: add(talk, line), key: talk.count };
}

/** Says more of a file. */
export function attachedNow(
  talk: Conversation,
  key: number,
  change: Partial<Attachment>,
): Conversation {
  const index = talk.lines.findIndex((line) => line.key === key);
  const line = talk.lines[index];
  if (!line?.file) return talk; // the conversation has gone on without it
  return replace(talk, index, { ...line, file: { ...line.file, ...change } });
}
