/**
 * A stand-in for OpenAI's Responses API, as a stream: it takes and refuses what that does, and answers
 * as the story says.
 *
 * @see https://platform.openai.com/docs/api-reference/responses
 * @module
 */
import type {
  ResponseOutputItem,
  ResponseStreamEvent,
} from "npm:openai@7.59.0/resources/responses/responses";
import { z } from "zod";
import { serveStandIn, type StandIn } from "./stand_in.ts";
import { STORY, type StoryTurn } from "./story.ts";

const text = z.union([
  z.string(),
  z.array(z.looseObject({ type: z.enum(["input_text", "output_text"]), text: z.string() }))
    .transform((parts) => parts.map(({ text }) => text).join("")),
]);
const item = z.union([
  z.strictObject({
    type: z.literal("message").optional(),
    role: z.enum(["user", "assistant", "system", "developer"]),
    content: text,
    id: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal("function_call"),
    id: z.string().optional(),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.strictObject({
    type: z.literal("function_call_output"),
    call_id: z.string(),
    output: z.string(),
  }),
  z.strictObject({ type: z.literal("item_reference"), id: z.string() }),
]);
const request = z.looseObject({
  model: z.string().regex(/^gpt-/, "The requested model does not exist."),
  stream: z.literal(true),
  input: z.array(item),
  tools: z.array(z.looseObject({ type: z.literal("function"), name: z.string() })).optional(),
});
type Item = z.infer<typeof item>;

/** What the model was sent as the conversation, in plain words. */
export interface Line {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** The stand-in. */
export interface OpenAIResponsesServer extends StandIn {
  /** The conversation of each request, without instructions and tools. */
  readonly conversations: readonly (readonly Line[])[];
  /** The results of tools, in order. */
  readonly toolResults: readonly string[];
}

/** Serves the API to those who have the key. */
export function openAIResponsesServer(apiKey: string): OpenAIResponsesServer {
  const refusals: string[] = [];
  const conversations: Line[][] = [];
  const toolResults: string[] = [];
  /** Items that were answered and may be referred to: those of calls have the id of the call. */
  const answered = new Map<string, string>();
  const refuse = (status: number, message: string): Response => {
    refusals.push(message);
    const error = { message, type: "invalid_request_error", param: null, code: null };
    return Response.json({ error }, { status });
  };
  const server = serveStandIn({
    refusals,
    async answer(incoming) {
      const { pathname } = new URL(incoming.url);
      if (pathname !== "/v1/responses" || incoming.method !== "POST") {
        return refuse(404, `Invalid URL (${incoming.method} ${pathname})`);
      }
      if (incoming.headers.get("authorization") !== `Bearer ${apiKey}`) {
        return refuse(401, "Incorrect API key provided.");
      }
      const { success, data, error } = request.safeParse(await incoming.json());
      if (!success) return refuse(400, z.prettifyError(error));
      const unknown = unknownReference(data.input, answered);
      if (unknown) return refuse(400, unknown);
      conversations.push(linesOf(data.input));
      const { turn, results } = latestTurn(data.input);
      toolResults.push(...results);
      const offered = data.tools?.some(({ name }) => name === turn?.tool?.name);
      const id = crypto.randomUUID().slice(0, 8);
      if (turn?.tool && offered && results.length === 0) {
        answered.set(`fc_${id}`, `call_${id}`);
        return stream(data.model, callOf(turn.tool, id));
      }
      answered.set(`msg_${id}`, "");
      return stream(data.model, messageOf(turn?.answer ?? "Hm.", id));
    },
  });
  return { ...server, conversations, toolResults };
}

function unknownReference(
  input: readonly Item[],
  answered: ReadonlyMap<string, string>,
): string | undefined {
  const calls = new Set<string>();
  for (const entry of input) {
    if (!("type" in entry)) continue;
    if (entry.type === "item_reference") {
      const call = answered.get(entry.id);
      if (call === undefined) return `Item with id '${entry.id}' not found.`;
      calls.add(call);
    }
    if (entry.type === "function_call") calls.add(entry.call_id);
    if (entry.type === "function_call_output" && !calls.has(entry.call_id)) {
      return `No tool call found for function call output with call_id ${entry.call_id}.`;
    }
  }
}

function linesOf(input: readonly Item[]): Line[] {
  return input.flatMap((entry) =>
    "role" in entry && (entry.role === "user" || entry.role === "assistant")
      ? [{ role: entry.role, text: entry.content }]
      : []
  );
}

/** The story's turn that the user has ended last, and the results of tools since. */
function latestTurn(
  input: readonly Item[],
): { readonly turn: StoryTurn | undefined; readonly results: string[] } {
  const isUser = (entry: Item) => "role" in entry && entry.role === "user";
  const results = input.slice(input.findLastIndex(isUser)).flatMap((entry) =>
    entry.type === "function_call_output" ? [entry.output] : []
  );
  return { turn: STORY[input.filter(isUser).length - 1], results };
}

/** An event without its number. */
type Unnumbered = ResponseStreamEvent extends infer Event
  ? Event extends ResponseStreamEvent ? Omit<Event, "sequence_number"> : never
  : never;

function* callOf(tool: NonNullable<StoryTurn["tool"]>, id: string): Generator<Unnumbered> {
  const { name } = tool;
  const about = { type: "function_call", id: `fc_${id}`, call_id: `call_${id}`, name } as const;
  const all = JSON.stringify(tool.arguments);
  const at = { item_id: about.id, output_index: 0 };
  const added: ResponseOutputItem = { ...about, arguments: "", status: "in_progress" };
  const done: ResponseOutputItem = { ...about, arguments: all, status: "completed" };
  yield { type: "response.output_item.added", output_index: 0, item: added };
  yield { type: "response.function_call_arguments.delta", ...at, delta: all };
  yield { type: "response.function_call_arguments.done", ...at, arguments: all };
  yield { type: "response.output_item.done", output_index: 0, item: done };
}

function* messageOf(text: string, id: string): Generator<Unnumbered> {
  const about = { type: "message", id: `msg_${id}`, role: "assistant" } as const;
  const at = { item_id: about.id, output_index: 0, content_index: 0 };
  const part = { type: "output_text", text, annotations: [] } as const;
  const added: ResponseOutputItem = { ...about, content: [], status: "in_progress" };
  const done: ResponseOutputItem = {
    ...about,
    content: [{ ...part, annotations: [] }],
    status: "completed",
  };
  yield { type: "response.output_item.added", output_index: 0, item: added };
  for (const delta of text.split(/(?= )/)) {
    yield { type: "response.output_text.delta", ...at, delta, logprobs: [] };
  }
  yield { type: "response.output_text.done", ...at, text, logprobs: [] };
  yield { type: "response.output_item.done", output_index: 0, item: done };
}

/** The answer as server-sent events. */
function stream(model: string, events: Iterable<Unnumbered>): Response {
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 1_790_000_000,
    model,
    output: [],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  };
  let sequence_number = 0;
  const line = (event: { readonly type: string; readonly response?: unknown }) =>
    `event: ${event.type}\ndata: ${
      JSON.stringify({ ...event, sequence_number: sequence_number++ })
    }\n\n`;
  const body = [
    line({ type: "response.created", response: { ...response, status: "in_progress" } }),
    ...[...events].map(line),
    line({ type: "response.completed", response: { ...response, status: "completed" } }),
  ];
  return new Response(body.join(""), { headers: { "content-type": "text/event-stream" } });
}
