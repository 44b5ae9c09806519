import type { LoggedMessage } from "./happenings.ts";
import { firstAt } from "./sorted.ts";

/** One row of the list: a message, or all those that tell of one thing, such as of one sentence. */
export interface MessageRow {
  /** The key of its first message. */
  readonly key: number;
  /** The type of its messages; those of a function call have several, and so one of their own. */
  readonly type: string;
  readonly first: LoggedMessage;
  readonly last: LoggedMessage;
  /** How many there have been. */
  readonly count: number;
  /** The latest of them, in order. The list grows in place, while each change makes another row. */
  readonly messages: readonly LoggedMessage[];
  /** What they tell, where that is more than the last of them. */
  readonly told: Told | undefined;
}

/** What several messages tell together. */
export type Told = Words | FunctionCall;

/** Words that come bit by bit. */
export interface Words {
  readonly kind: "words";
  readonly text: string;
  /** What is known and was not said so far. */
  readonly rest: string;
  /** Whether there may be more. */
  readonly open: boolean;
}

/** A function that the bot's model has called. */
export interface FunctionCall {
  readonly kind: "call";
  readonly name: string;
  readonly args: unknown;
  readonly result: unknown;
  readonly state: "running" | "done" | "cancelled";
  /** In ms since the call began. */
  readonly begunMs: number;
  /** From its beginning to its end; absent while it runs. */
  readonly durationMs: number | undefined;
}

/** The type of a row that is a function call. */
export const CALL_TYPE = "llm-function-call";

/** Makes rows of messages. */
export interface MessageRows {
  /** The rows of these messages; the same array as long as nothing has changed. */
  of(messages: readonly LoggedMessage[]): readonly MessageRow[];
}

/** More of one row than anyone reads; the older half goes first. */
const MOST_IN_ROW = 2000;
/** How many more rows than messages there may be, before those without a message are dropped. */
const SPARE_ROWS = 1000;

/** Makes the rows of a call as it goes on: what was seen before is not looked at again. */
export function createMessageRows(): MessageRows {
  let rows: MessageRow[] = [];
  /** The places of the rows that may grow, by what they tell of. */
  const open = new Map<string, number>();
  let seen: LoggedMessage | undefined;

  function take(message: LoggedMessage): void {
    for (const subject of ENDS[message.type] ?? []) open.delete(subject);
    const subject = subjectOf(message);
    if (!subject) return void rows.push(rowOf(message));
    const { name, before = name, ends } = subject;
    const index = open.get(name) ?? open.get(before) ?? rows.length;
    open.delete(before);
    rows[index] = rowOf(message, rows[index]);
    if (!ends) open.set(name, index);
  }

  function takeAll(messages: readonly LoggedMessage[]): void {
    rows = [...rows];
    for (const message of messages) take(message);
  }

  function start(): void {
    rows = [];
    open.clear();
    seen = undefined;
  }

  return {
    of(messages) {
      let from = 0;
      if (seen) {
        from = firstAt(messages, seen.key, ({ key }) => key) + 1;
        if (messages[from - 1] !== seen) { // another call
          start();
          from = 0;
        }
      }
      if (from >= messages.length) return rows;
      takeAll(messages.slice(from));
      seen = messages.at(-1);
      if (rows.length > messages.length + SPARE_ROWS) {
        start();
        takeAll(messages);
        seen = messages.at(-1);
      }
      return rows;
    },
  };
}

function rowOf(message: LoggedMessage, old?: MessageRow): MessageRow {
  // The row of before is shown no more, so that its list can go on here.
  const messages = old ? old.messages as LoggedMessage[] : [];
  messages.push(message);
  if (messages.length > MOST_IN_ROW) messages.splice(0, MOST_IN_ROW / 2);
  const told = toldBy(message, old?.told);
  return {
    key: old?.key ?? message.key,
    type: told?.kind === "call" ? CALL_TYPE : message.type,
    first: old?.first ?? message,
    last: message,
    count: (old?.count ?? 0) + 1,
    messages,
    told,
  };
}

/** What a message tells of. */
interface Subject {
  readonly name: string;
  /** What it was called before, when less was known of it. */
  readonly before?: string;
  /** Whether nothing more will be told of it. */
  readonly ends?: boolean;
}

const LLM_TEXT = ["bot-llm-text", "llm-raw-text"] as const;
const TTS_TEXT = ["bot-tts-text", "tts-raw-text"] as const;
const WORD = "word";

/** What no message will tell more of after these. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  "bot-llm-started": LLM_TEXT,
  "bot-llm-stopped": LLM_TEXT,
  "bot-tts-started": TTS_TEXT,
  "bot-tts-stopped": TTS_TEXT,
  "bot-stopped-speaking": [WORD],
  "bot-interrupted": [...LLM_TEXT, ...TTS_TEXT, WORD],
};

function subjectOf({ type, data }: LoggedMessage): Subject | undefined {
  const fields = fieldsOf(data);
  switch (type) {
    case "user-input":
    case "user-transcription":
    case "stt-raw-text":
      return fields.input_type === "chat" ? undefined : { name: type, ends: fields.final === true };
    case "bot-output":
      if (isId(fields.segment_id)) return { name: `segment ${fields.segment_id}` };
      return isWord(fields) ? { name: WORD } : undefined;
    case "bot-llm-text":
    case "llm-raw-text":
    case "bot-tts-text":
    case "tts-raw-text":
    case "bot-audio-level":
    case "user-audio-level":
    case "bot-tts-audio":
    case "raw-audio":
    case "raw-audio-batch":
      return { name: type };
    case "llm-function-call-started":
      return { name: `function ${words(fields.function_name)}` };
    case "llm-function-call":
    case "llm-function-call-in-progress":
    case "llm-function-call-stopped":
    case "llm-function-call-result": {
      if (!isId(fields.tool_call_id)) return undefined;
      return {
        name: `call ${fields.tool_call_id}`,
        before: `function ${words(fields.function_name)}`,
      };
    }
    default:
      return undefined;
  }
}

function toldBy(message: LoggedMessage, old: Told | undefined): Told | undefined {
  const { type, data } = message;
  const fields = fieldsOf(data);
  const text = words(fields.text);
  if (type.startsWith(CALL_TYPE)) {
    return calledBy(message, fields, old?.kind === "call" ? old : undefined);
  }
  const before = old?.kind === "words" ? old.text : "";
  switch (type) {
    case "user-input":
    case "user-transcription":
    case "stt-raw-text":
      return { kind: "words", text, rest: "", open: fields.final === false };
    case "bot-llm-text":
    case "llm-raw-text":
      return { kind: "words", text: before + text, rest: "", open: false };
    case "bot-tts-text":
    case "tts-raw-text":
      return { kind: "words", text: joined(before, text), rest: "", open: false };
    case "bot-output":
      if (!isId(fields.segment_id)) {
        return isWord(fields)
          ? { kind: "words", text: joined(before, text), rest: "", open: false }
          : { kind: "words", text, rest: "", open: false };
      }
      return segmentOf(fields, text);
    default:
      return undefined;
  }
}

function segmentOf(fields: Fields, text: string): Words {
  const { spoken_progress: progress, will_be_spoken: spoken, spoken_status: status } = fields;
  const open = spoken === true && status !== "completed";
  const { accumulated_text: said, remaining_text: rest } = fieldsOf(progress);
  if (!open) return { kind: "words", text, rest: "", open };
  return typeof said === "string"
    ? { kind: "words", text: said, rest: words(rest), open }
    : { kind: "words", text: "", rest: text, open };
}

function calledBy({ ms, type }: LoggedMessage, fields: Fields, old?: FunctionCall): FunctionCall {
  const { function_name, arguments: given, args, result, cancelled } = fields;
  const stopped = type === "llm-function-call-stopped";
  const begunMs = old?.begunMs ?? ms;
  return {
    kind: "call",
    name: words(function_name) || old?.name || "function",
    args: given ?? args ?? old?.args,
    result: result ?? old?.result,
    state: stopped ? cancelled === true ? "cancelled" : "done" : old?.state ?? "running",
    begunMs,
    durationMs: stopped ? ms - begunMs : old?.durationMs,
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function words(text: unknown): string {
  return typeof text === "string" ? text : "";
}

function isId(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/** Whether the first version of the protocol says one word more of what it says as a sentence, too. */
function isWord({ output_type, aggregated_by }: Fields): boolean {
  return (output_type ?? aggregated_by) === "word";
}

function joined(before: string, word: string): string {
  return before === "" || /^\s/.test(word) ? before + word : `${before} ${word}`;
}
