/**
 * A phone call in a unit test: simulated carriers that call a bot, and a host in memory.
 *
 * @example
 * ```ts
 * import { createRunner, createTransport } from "@pipecat/runner";
 * import { call } from "@pipecat/runner/testing";
 *
 * const runner = createRunner(async (args) => {
 *   await using transport = await createTransport(args);
 *   await transport.readable.pipeTo(transport.writable);
 * });
 * await using caller = await call(runner, { carrier: "twilio", from: "+15551234567" });
 * await caller.say(new Int16Array(8000).fill(1000));
 * const { value } = await caller.heard.next();
 * console.log(value?.samples.length);
 * ```
 *
 * @module
 */
export { call } from "./call.ts";
export type { CallOptions } from "./call_options.ts";
export type { CallEnd, Caller } from "./caller.ts";
export type { CallChaos } from "./chaos.ts";
export type { UntilSpeechOptions } from "./ear.ts";
export type { SayOptions } from "./mouth.ts";
export type { Interruption, Said, Talker } from "./talker.ts";
export type { ToolUse, TranscriptLine } from "./transcript.ts";
export { fastClock, manualClock, realClock } from "./clock.ts";
export type { CallClock, ManualClock } from "./clock.ts";
export { virtualClock } from "./virtual_clock.ts";
export { memoryPlatform } from "./memory_platform.ts";
export type { FetchTarget, MemoryPlatform } from "./memory_platform.ts";
export type { Pace } from "./pace.ts";
export { telnyxKeys } from "./signing.ts";
export type { TelnyxKeys } from "./signing.ts";
export { callWebSocket } from "./websocket_caller.ts";
export type { WebSocketCallOptions } from "./websocket_caller.ts";
export { callWebRtc } from "./webrtc_caller.ts";
export type { WebRtcCallOptions } from "./webrtc_caller.ts";
export { memoryPeers } from "./memory_peers.ts";
export type { RtviCaller } from "./rtvi_caller.ts";
export { checkScript } from "./script_file.ts";
export type { ScriptCaller, ScriptReport } from "./script_play.ts";
