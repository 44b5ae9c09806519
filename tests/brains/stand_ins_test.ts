/** The stand-ins refuse what the vendors refuse: an example that gets by here is one that works. */
import assert from "node:assert/strict";
import { chirp } from "./chirp.ts";
import { cartesiaServer } from "./cartesia_server.ts";
import { deepgramServer } from "./deepgram_server.ts";
import { geminiLiveServer } from "./gemini_live_server.ts";
import { openAIRealtimeServer } from "./openai_realtime_server.ts";
import { openAIResponsesServer } from "./openai_responses_server.ts";
import { toBase64 } from "./speech.ts";
import type { StandIn } from "./stand_in.ts";
import { speechLike } from "../audio/signals.ts";

const KEY = "sk-the-key";

/** A client that reads JSON. */
interface Client extends AsyncDisposable {
  send(message: unknown): void;
  sendBytes(bytes: ArrayBuffer): void;
  /** The next message that fits, parsed. */
  next(fits: (message: Message) => boolean): Promise<Message>;
  readonly closed: Promise<CloseEvent>;
}
type Message = Readonly<Record<string, unknown>>;

async function connect(server: StandIn, path: string, protocols: string[] = []): Promise<Client> {
  const socket = new WebSocket(server.origin.replace("http", "ws") + path, protocols);
  socket.binaryType = "arraybuffer";
  const seen: Message[] = [];
  let look = (): void => {};
  const { promise: closed, resolve: setClosed } = Promise.withResolvers<CloseEvent>();
  socket.onclose = (event) => (setClosed(event), look());
  socket.onmessage = ({ data }) => {
    seen.push(JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data)));
    look();
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error("refused"));
  });
  return {
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    sendBytes: (bytes) => socket.send(bytes),
    async next(fits) {
      for (;;) {
        const at = seen.findIndex(fits);
        if (at >= 0) return seen.splice(0, at + 1).at(-1)!;
        if (socket.readyState === WebSocket.CLOSED) throw new Error("closed");
        await new Promise<void>((resolve) => look = resolve);
      }
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await closed;
    },
  };
}
const ofType = (type: string) => (message: Message) => message["type"] === type;

/** Speech, and the silence that ends it. */
function turn(sampleRate: number): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(sampleRate * 1.5);
  samples.set(speechLike(sampleRate, 0.5));
  return samples;
}

Deno.test("OpenAI Realtime: a wrong key, model or path, and the beta, open no session", async () => {
  await using server = openAIRealtimeServer(KEY);
  const good = "/v1/realtime?model=gpt-realtime-2.1";
  const key = ["realtime", `openai-insecure-api-key.${KEY}`];

  await assert.rejects(connect(server, good, ["realtime", "openai-insecure-api-key.other"]));
  await assert.rejects(connect(server, good, ["realtime"]));
  await assert.rejects(connect(server, "/v1/realtime?model=gpt-4o", key));
  await assert.rejects(connect(server, "/v1/live?model=gpt-realtime-2.1", key));
  await using client = await connect(server, good, key);
  assert.equal((await client.next(() => true))["type"], "session.created");
  assert.equal(server.refusals.length, 4);
});

Deno.test("OpenAI Realtime: an unknown event, parameter or rate is an error, and so is a truncation beyond what was sent", async () => {
  await using server = openAIRealtimeServer(KEY);
  await using client = await connect(server, "/v1/realtime?model=gpt-realtime-2.1", [
    "realtime",
    `openai-insecure-api-key.${KEY}`,
  ]);
  const refusal = async (event: unknown) => {
    client.send(event);
    const { error } = await client.next(ofType("error"));
    return (error as { message: string }).message;
  };
  const format = { type: "audio/pcm", rate: 16_000 };
  const truncate = { type: "conversation.item.truncate", content_index: 0 };

  assert.match(await refusal({ type: "audio.append" }), /type/);
  assert.match(
    await refusal({ type: "session.update", session: { type: "realtime", voice: "marin" } }),
    /Unknown parameter: 'session.voice'/,
  );
  const audio = { input: { format } };
  assert.match(
    await refusal({ type: "session.update", session: { type: "realtime", audio } }),
    /format/,
  );
  assert.match(await refusal({ type: "response.cancel" }), /no active response/);
  assert.match(await refusal({ type: "input_audio_buffer.append", audio: "AA==" }), /even number/);
  assert.match(await refusal({ ...truncate, item_id: "item_x", audio_end_ms: 1 }), /not found/);

  client.send({ type: "input_audio_buffer.append", audio: toBase64(turn(24_000)) });
  const { item_id } = await client.next(ofType("response.output_audio.delta"));
  assert.match(await refusal({ type: "response.create" }), /already has an active response/);
  const beyond = await refusal({ ...truncate, item_id, audio_end_ms: 60_000 });
  assert.match(beyond, /^Audio content of \d+ms is already shorter than 60000ms$/);
  client.send({ ...truncate, item_id, audio_end_ms: 150 });
  assert.equal((await client.next(ofType("conversation.item.truncated")))["audio_end_ms"], 150);
});

Deno.test("Gemini Live: a wrong key, a late or wrong setup, and unknown fields close the session", async () => {
  await using server = geminiLiveServer(KEY);
  const path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
  const reason = async (key: string, ...messages: unknown[]) => {
    await using client = await connect(server, `${path}?key=${key}`);
    for (const message of messages) {
      if (message === "wait") await client.next((message) => "setupComplete" in message);
      else client.send(message);
    }
    const { code, reason } = await client.closed;
    return `${code} ${reason}`;
  };
  const audio = { data: toBase64(chirp(16_000, 0, 20)), mimeType: "audio/pcm;rate=16000" };
  const setup = { model: "models/gemini-3.1-flash-live-preview" };

  assert.match(await reason("other"), /^1007 API key not valid/);
  assert.match(await reason(KEY, { realtimeInput: { audio } }), /^1007 setup must be the first/);
  assert.match(await reason(KEY, { setup: { model: "models/gemini-9" } }), /^1008 .*not found/);
  assert.match(await reason(KEY, { setup: { ...setup, voice: "Puck" } }), /^1007 Invalid JSON/);
  const wrong = { ...audio, mimeType: "audio/wav" };
  assert.match(
    await reason(KEY, { setup }, "wait", { realtimeInput: { audio: wrong } }),
    /^1007 Invalid/,
  );
  assert.match(
    await reason(KEY, { setup }, { realtimeInput: { audio } }),
    /^1007 The setup is not complete/,
  );
  const functionResponses = [{ id: "1", name: "x", response: {} }];
  assert.match(
    await reason(KEY, { setup }, "wait", { toolResponse: { functionResponses } }),
    /^1007 No/,
  );
});

Deno.test("Deepgram: a wrong key or encoding is refused, and text that is no control message closes", async () => {
  await using server = deepgramServer(KEY);
  const path = "/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000";

  await assert.rejects(connect(server, path, ["token", "other"]));
  await assert.rejects(connect(server, path.replace("linear16", "mp3"), ["token", KEY]));
  await assert.rejects(connect(server, path.replace("&sample_rate=16000", ""), ["token", KEY]));
  await using client = await connect(server, path, ["token", KEY]);
  client.sendBytes(turn(16_000).buffer);
  const { is_final, speech_final } = await client.next(ofType("Results"));
  client.send({ type: "Audio" });

  assert.deepEqual([is_final, speech_final], [true, true]);
  assert.equal((await client.closed).reason, "DATA-0000");
});

Deno.test("Cartesia: a wrong key, format or context is refused, and a cancelled context is silent", async () => {
  await using server = cartesiaServer(KEY);
  const path = `/tts/websocket?cartesia_version=2026-03-01&api_key=`;
  const say = {
    model_id: "sonic-3.5",
    voice: { mode: "id", id: "a0e99841-438c-4a64-b679-ae501e7d6091" },
    output_format: { container: "raw", encoding: "pcm_s16le", sample_rate: 24_000 },
  };

  await assert.rejects(connect(server, `${path}other`));
  await using client = await connect(server, path + KEY);
  const mp3 = { ...say.output_format, encoding: "mp3" };
  client.send({ ...say, transcript: "Hi.", context_id: "a", output_format: mp3 });
  await client.next(ofType("error"));
  client.send({ ...say, transcript: "One two", context_id: "b", continue: true });
  await client.next(ofType("chunk"));
  client.send({ ...say, transcript: "", context_id: "b", continue: false });
  await client.next(ofType("done"));
  client.send({ ...say, transcript: "three", context_id: "b" });
  const { message } = await client.next(ofType("error"));
  client.send({ ...say, transcript: "One two three four five", context_id: "c" });
  await client.next(ofType("chunk"));
  client.send({ context_id: "c", cancel: true });
  client.send({ ...say, transcript: "", context_id: "d" });
  await client.next(ofType("error"));

  assert.equal(message, "Context b is over.");
});

Deno.test("OpenAI Responses: a wrong key, and the result of a call that nobody made, are refused", async () => {
  await using server = openAIResponsesServer(KEY);
  const post = async (key: string, ...input: unknown[]) => {
    const response = await fetch(`${server.origin}/v1/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: "gpt-5-mini", stream: true, input }),
    });
    return [response.status, await response.text()] as const;
  };
  const user = { role: "user", content: "Hello" };
  const result = { type: "function_call_output", call_id: "call_1", output: "{}" };

  assert.equal((await post("other", user))[0], 401);
  assert.match((await post(KEY, user, result))[1], /No tool call found/);
  const [status, events] = await post(KEY, user);
  assert.equal(status, 200);
  assert.match(events, /event: response.output_text.delta/);
});
