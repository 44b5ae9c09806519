/**
 * What you can extend the runner with: hosts, WebRTC stacks, session stores, ways in, carriers and
 * features; and the types that only occur inside others, such as the options of a call. A bot needs
 * none of it.
 *
 * @module
 */
// Hosts.
export type { Clock } from "./core/clock.ts";
export type { FileFolder, Platform, ServedFile } from "./core/platform.ts";
export type { FileStorage, IncomingFile, StoredFile } from "./core/file_storage.ts";
export type { CloseInfo, Duplex, Message, Socket } from "./core/duplex.ts";
export {
  createIncoming,
  type Incoming,
  type IncomingOptions,
  type Place,
} from "./core/incoming.ts";
export { type IterableStream, iterableStream } from "./core/iterable_stream.ts";
export { socketFrom, type WebSocketLike } from "./core/socket.ts";
export type { ClientAsset, ClientAssets } from "./http/client.ts";

// WebRTC stacks.
export type { IceServerSource } from "./core/ice_servers.ts";
export type { IceCandidate, IceServer, Peer, PeerAudio, PeerFactory } from "./core/peer.ts";
export type { Background, Heard, Playback } from "./core/playback.ts";
export type {
  CallVideo,
  SnapshotOptions,
  VideoCodec,
  VideoIn,
  VideoSource,
  VideoWish,
} from "./core/video.ts";

// What a transport takes and tells.
export type { AudioEncodings, AudioOptions } from "./transports/reading.ts";
export type { BackgroundOptions, BackgroundSound } from "./transports/background.ts";
export type { KeysOptions } from "./transports/keypad.ts";
export type { SayOptions, Several, UtteranceEnd } from "./transports/utterance.ts";
export type { SpokenWord } from "./transports/heard_text.ts";
export type { CallStats, StreamStats } from "./core/call_stats.ts";
export type { EvalFlags } from "./core/bot.ts";

// What the runner takes.
export type { DailyOptions, DrainOptions } from "./runner.ts";
export type { Limits } from "./sessions/limits.ts";
export type { ReadyReport } from "./http/health.ts";

// What errors mean.
export type { RunnerErrorBody, RunnerErrorOptions } from "./core/error.ts";
export { type RunnerErrorCode, statusOf } from "./core/error_codes.ts";

// What a recorder sees of a call.
export type { CallObserver, CallSide, Sound } from "./core/call_observer.ts";

// Sessions, who observes them, and where they wait for their media.
export type { Visit } from "./sessions/admission.ts";
export type { Load, Readiness } from "./core/load.ts";
export type {
  Connection,
  RunningSessions,
  Session,
  SessionInfo,
  Sessions,
  SessionsOptions,
  SessionStart,
} from "./sessions/session.ts";
export type {
  AnswerRequest,
  Monitor,
  MonitoredSession,
  SessionEnd,
  SessionOutcome,
  WatchedRequest,
} from "./core/monitor.ts";
export {
  MemorySessionStore,
  type MemorySessionStoreOptions,
  type SessionRecord,
  type SessionStore,
  type StoredCall,
} from "./sessions/store.ts";
export {
  type Keeping,
  MemoryOnceStore,
  type MemoryOnceStoreOptions,
  type OnceStore,
} from "./sessions/once.ts";
export type { Forwarded } from "./nodes/forwarding.ts";
export type { MediaNetworkOptions } from "./nodes/network.ts";
export type { Fleet, FleetNode, FleetPlace, FleetRate, NodeLoad } from "./core/fleet.ts";
export { MemoryFleet, type MemoryFleetOptions } from "./nodes/memory_fleet.ts";

// Ways in, and features.
export type { AppEnv, Others } from "./http/env.ts";
export type { SessionRoutes } from "./http/sessions.ts";
export type { StartContext, Starter } from "./http/start.ts";
export type { StartGuard } from "./http/start_guard.ts";
export type { WebAccess } from "./http/web_access.ts";
export type { StartRequest } from "./http/protocol.ts";
export type { Kit, LookAtStream, MakeWay, ServeStream, StreamLook, Way } from "./ways/way.ts";
export type { Feature } from "./features/feature.ts";

// Phone calls.
export type { CallDetails } from "./core/bot.ts";
export type {
  AnsweredBy,
  AnsweredByOptions,
  CallDirection,
  DialledCall,
  DialOptions,
  TransferOptions,
} from "./core/phone_call.ts";
export type { DialPrefixes } from "./ways/phone/destination.ts";

// Carriers.
export {
  CARRIER_NAMES,
  type TelephonyTransportName,
  TRANSPORT_NAMES,
} from "./core/transport_names.ts";
export type {
  Carrier,
  CarrierAccount,
  CarrierAudio,
  CarrierCall,
  CarrierEvent,
  CarrierNews,
  CarrierSerializer,
  CarrierStart,
  CarrierWebhook,
  CarrierWebhookProtocol,
  Environment,
  MessageSize,
  SignedRequest,
} from "./core/carrier.ts";
export type {
  CarrierCommandName,
  CarrierCommands,
  CommandedCall,
  DialOrder,
  StreamAnswer,
  TransferOrder,
} from "./core/carrier_commands.ts";
