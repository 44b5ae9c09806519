/**
 * What a bot needs besides its transport to talk through a model: a WebSocket of JSON, and a
 * speaker for speech that arrives in parts.
 *
 * @example A model that speaks
 * ```ts
 * import { createTransport, type RunnerArguments } from "@pipecat/runner";
 * import { createSpeaker, jsonSocket } from "@pipecat/runner/models";
 *
 * interface Event {
 *   readonly type: "audio" | "done" | "user-speaks";
 *   readonly id: string;
 *   readonly audio: string;
 * }
 *
 * export async function bot(args: RunnerArguments): Promise<void> {
 *   await using transport = await createTransport(args);
 *   await using model = jsonSocket<Event, object>(new WebSocket("wss://model.example"));
 *   const speaker = createSpeaker(transport, {
 *     sampleRate: 24_000,
 *     interrupted: (id, { heardMs }) => model.send({ type: "heard", id, heardMs }),
 *   });
 *   void model.sendAll(transport.audio({ encoding: "base64" }), (audio) => ({ audio }));
 *   for await (const { type, id, audio } of model) {
 *     if (type === "user-speaks") transport.interrupt();
 *     if (type === "audio") speaker.sound(id, audio);
 *     if (type === "done") speaker.end(id);
 *   }
 * }
 * ```
 *
 * @module
 */
export { type JsonSocket, jsonSocket } from "./json_socket.ts";
export { type Pushable, pushable } from "./pushable.ts";
export { createSpeaker, type HeardSpeech, type Speaker, type SpeakerOptions } from "./speaker.ts";
export type { Transport } from "../transports/transport.ts";
export type { SpokenWord } from "../transports/heard_text.ts";
export type { AudioFrame } from "../core/frame.ts";
export type { Heard } from "../core/playback.ts";
export type { WebSocketLike } from "../core/socket.ts";
export type { PcmChunk, PcmOptions, SampleFormat } from "../audio/mod.ts";
