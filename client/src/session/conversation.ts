import type { Attachment } from "./attachments.ts";

/** One line of the conversation. Lines stand in the order in which they began. */
export interface ConversationLine {
  /** Counts up. */
  readonly key: number;
  /** When it began, in ms since the call began. */
  readonly at: number;
  readonly speaker: "bot" | "user" | "tool" | "error";
  /** What is said already; of a text that is not spoken, all of it. */
  readonly text: string;
  /** What the bot has still to say. */
  readonly rest: string;
  /** False while the line may still change. */
  readonly final: boolean;
  /** The bot's own name for the line, or that of a function call. */
  readonly segment?: string | number;
  /** What an interrupted bot did not get to say. */
  readonly unsaid?: string | undefined;
  /** How a function call goes. */
  readonly call?: FunctionCall | undefined;
  /** A file that the user has sent with it. */
  readonly file?: Attachment | undefined;
  /** Typed here, and not acknowledged by the bot so far. */
  readonly sending?: true;
}

/** A function that the bot's model calls. */
export interface FunctionCall {
  readonly state: "running" | "done" | "cancelled";
  readonly args?: unknown;
  readonly result?: unknown;
}

/** What was said in one call. */
export interface Conversation {
  readonly lines: readonly ConversationLine[];
  /** How many lines there have been, those that are dropped by now too. */
  readonly count: number;
  /** When the user began to say what no line has so far, in ms since the call began. */
  readonly userBegan?: number | undefined;
  /** Whether the bot tells with `user-input` what the user says; `user-transcription` says it again. */
  readonly tellsInput?: true;
}

/** A conversation in which nothing was said. */
export const SILENCE: Conversation = { lines: [], count: 0 };

/** More lines than anyone scrolls back; the oldest go first. */
const MAX_LINES = 500;

/**
 * Adds what an RTVI message from the bot says; the same conversation when it says nothing. Times are
 * in ms since the call began.
 */
export function hear(talk: Conversation, type: string, data: unknown, at: number): Conversation {
  const fields = record(data);
  switch (type) {
    case "user-started-speaking":
      return userBegan(talk, at);
    case "user-transcription":
      return talk.tellsInput ? talk : transcribe(talk, fields, at);
    case "user-input":
      return input(talk, fields, at);
    case "bot-output":
      return output(talk, fields, at);
    case "bot-interrupted": {
      const cut = (line: ConversationLine): ConversationLine =>
        line.rest ? { ...line, rest: "", final: true, unsaid: line.rest.trimStart() } : line;
      return { ...talk, lines: talk.lines.map(cut) };
    }
    default:
      return talk;
  }
}

/** The ear and the bot tell of the same beginning within this time, in ms. */
const SAME_MS = 1500;

/** Remembers when the user began to speak: the words come later. */
export function userBegan(talk: Conversation, at: number): Conversation {
  const { userBegan = -Infinity } = talk;
  return Math.abs(at - userBegan) < SAME_MS
    ? { ...talk, userBegan: Math.min(at, userBegan) }
    : { ...talk, userBegan: at };
}

/** Adds what the user typed. */
export function typed(talk: Conversation, text: string, at: number): Conversation {
  return add(talk, { speaker: "user", at, text, rest: "", final: true, sending: true });
}

/** Adds a line that is complete. */
export function note(
  talk: Conversation,
  text: string,
  speaker: ConversationLine["speaker"],
  at: number,
): Conversation {
  return add(talk, { speaker, at, text, rest: "", final: true });
}

/** Adds what an RTVI message from the bot says of function calls: one line each, which changes. */
export function tool(talk: Conversation, type: string, data: unknown, at: number): Conversation {
  const { function_name: name, tool_call_id: id, cancelled, result, ...rest } = record(data);
  if (typeof id !== "string") return talk;
  const index = talk.lines.findIndex(({ speaker, segment }) =>
    speaker === "tool" && segment === id
  );
  const old = talk.lines[index];
  let call: FunctionCall;
  if (type === "llm-function-call-in-progress" || type === "llm-function-call") {
    call = { state: "running", args: rest.arguments ?? rest.args };
  } else if (type === "llm-function-call-stopped") {
    call = { args: old?.call?.args, state: cancelled === true ? "cancelled" : "done", result };
  } else return talk;
  const line = {
    speaker: "tool",
    at,
    text: words(name) || old?.text || "function",
    rest: "",
    final: call.state !== "running",
    segment: id,
    call,
  } as const;
  return index < 0 ? add(talk, line) : replace(talk, index, line);
}

type Fields = Readonly<Record<string, unknown>>;

/** The user's words replace the guess before them, until they are final. */
function transcribe(talk: Conversation, fields: Fields, at: number): Conversation {
  const line = {
    speaker: "user",
    at,
    text: words(fields.text),
    rest: "",
    final: fields.final === true,
  } as const;
  const guess = talk.lines.findLastIndex((other) => other.speaker === "user" && !other.final);
  if (guess >= 0) return replace(talk, guess, line);
  const { userBegan = at, ...rest } = talk;
  return add(rest, { ...line, at: Math.min(at, userBegan) });
}

/** What the user says, or typed: here, where it is shown already, or elsewhere. */
function input(talk: Conversation, fields: Fields, at: number): Conversation {
  const text = words(fields.text);
  if (fields.input_type === "chat") {
    const index = talk.lines.findIndex((line) => line.sending && line.text === text);
    if (index < 0) return note(talk, text, "user", at);
    const { sending: _, ...line } = talk.lines[index]!;
    return replace(talk, index, line);
  }
  if (talk.tellsInput) return transcribe(talk, fields, at);
  // The bot may have told the same with its first transcription.
  const last = talk.lines.findLast(({ speaker }) => speaker === "user");
  const told = fields.final === true && last?.final === true && last.text === text;
  return { ...(told ? talk : transcribe(talk, fields, at)), tellsInput: true };
}

/** A segment of the bot's text comes several times, with more of it spoken each time. */
function output(talk: Conversation, fields: Fields, at: number): Conversation {
  const { segment_id: segment, text } = fields;
  if (typeof segment !== "string" && typeof segment !== "number") {
    // Protocol 1 sends each sentence, and the same again word by word.
    if ((fields.output_type ?? fields.aggregated_by) === "word") return talk;
    return add(talk, {
      speaker: "bot",
      at,
      text: words(text),
      rest: "",
      final: true,
    });
  }
  const final = fields.will_be_spoken !== true ||
    fields.spoken_status === "completed";
  const { accumulated_text, remaining_text } = record(fields.spoken_progress);
  const said = final
    ? { text: words(text), rest: "" }
    : typeof accumulated_text === "string"
    ? { text: accumulated_text, rest: words(remaining_text) }
    : { text: "", rest: words(text) };
  const line = { speaker: "bot", at, ...said, final, segment } as const;
  const index = talk.lines.findIndex((other) =>
    other.speaker === "bot" && other.segment === segment
  );
  // Progress that was under way when the bot was interrupted.
  if (talk.lines[index]?.unsaid !== undefined) return talk;
  return index < 0 ? add(talk, line) : replace(talk, index, line);
}

/** Adds a line, unless it is empty. */
export function add(talk: Conversation, line: Omit<ConversationLine, "key">): Conversation {
  if (line.text === "" && line.rest === "" && !line.file) return talk;
  const lines = inOrder([...talk.lines, { ...line, key: talk.count }]).slice(-MAX_LINES);
  return { ...talk, lines, count: talk.count + 1 };
}

/** Changes a line, which keeps its key. */
export function replace(
  talk: Conversation,
  index: number,
  line: Omit<ConversationLine, "key">,
): Conversation {
  const lines = talk.lines.map((old, i) =>
    // What was announced before it was said begins when it is said.
    i === index ? { ...line, key: old.key, at: old.text === "" ? line.at : old.at } : old
  );
  return { ...talk, lines: inOrder(lines) };
}

/** The lines by their beginnings. Only one may be out of its place, and seldom is. */
function inOrder(lines: readonly ConversationLine[]): readonly ConversationLine[] {
  const wrong = lines.some(({ at }, i) => at < (lines[i - 1]?.at ?? at));
  return wrong ? lines.toSorted((one, other) => one.at - other.at) : lines;
}

function record(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function words(text: unknown): string {
  return typeof text === "string" ? text : "";
}
