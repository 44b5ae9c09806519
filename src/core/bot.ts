/**
 * What a developer writes, and the arguments it gets.
 *
 * @module
 */
import type { Socket } from "./duplex.ts";
import type { FileStorage } from "./file_storage.ts";
import type { Peer } from "./peer.ts";
import type { AnsweredBy, CallDirection, PhoneCall } from "./phone_call.ts";
import type { TelephonyTransportName } from "./transport_names.ts";

export type { TelephonyTransportName, TransportName } from "./transport_names.ts";

/** A voice bot: one function, called once per session. The session ends when it returns. */
export type Bot = (args: RunnerArguments) => void | Promise<void>;

/** What every bot gets, whatever the transport. */
export interface SessionContext {
  /** The session's id, the same from `POST /start` to the bot to the logs. */
  readonly sessionId: string;
  /** The caller's own data, unchecked: parse it. `{}` if none was sent. */
  readonly body: unknown;
  /** Aborts when the peer has left, a limit is reached or the runner is closing. */
  readonly signal: AbortSignal;
  /** The flags after `--` or unknown to the runner, if it was started from the command line. */
  readonly cliArgs?: Readonly<Record<string, unknown>>;
  /** Reads clients' uploads, by the URLs of `send-file`; absent if uploads are off. */
  readonly fileStorage?: FileStorage;
  /** The Pipecat Flows config that the session names on Pipecat Cloud, as YAML or JSON. */
  readonly flowConfig?: string;
}

/** A browser or device over WebRTC, with no room in between. */
export interface SmallWebRTCRunnerArguments extends SessionContext {
  /** What to `switch` on. */
  readonly transport: "webrtc";
  /** The other end: its audio, its data channel and its close. */
  readonly webrtcConnection: Peer;
}

/** A Daily room to join. */
export interface DailyRunnerArguments extends SessionContext {
  /** What to `switch` on. */
  readonly transport: "daily";
  /** The address of the room, such as `https://you.daily.co/room`. */
  readonly roomUrl: string;
  /** What to join the room with. */
  readonly token: string;
  /** The room's address for phones, beginning with `sip:`; set if a phone call is to join it. */
  readonly sipEndpoint?: string;
}

/** A LiveKit room to join. */
export interface LiveKitRunnerArguments extends SessionContext {
  /** What to `switch` on. */
  readonly transport: "livekit";
  /** The address of the LiveKit server, such as `wss://you.livekit.cloud`. */
  readonly url: string;
  /** The name of the room on that server. */
  readonly roomName: string;
  /** What to join the room with. */
  readonly token: string;
}

/** A client over a plain WebSocket. */
export interface PlainWebSocketRunnerArguments extends SessionContext {
  /** What to `switch` on. */
  readonly transport: "websocket";
  /** The messages to and from the client. */
  readonly websocket: Socket;
}

/** What an eval harness asks of a bot. */
export interface EvalFlags {
  /** Set if the bot is to be silent: the harness reads what it says instead of hearing it. */
  readonly skipTts: boolean;
  /** Set if the harness wants the sound of what the bot says. */
  readonly captureBotAudio: boolean;
  /** Set if the harness wants to know which pictures the bot shows. */
  readonly captureBotImages: boolean;
}

/** Pipecat's eval harness, which plays a user and grades the bot. */
export interface EvalRunnerArguments extends SessionContext {
  /** What to `switch` on. */
  readonly transport: "eval";
  /** The messages to and from the harness. */
  readonly websocket: Socket;
  /** What it asks for. */
  readonly flags: EvalFlags;
}

/** A phone call. */
export interface TelephonyRunnerArguments extends SessionContext {
  /** The carrier: what to `switch` on. */
  readonly transport: TelephonyTransportName;
  /** The messages to and from the carrier. */
  readonly websocket: Socket;
  /** What is known about the call. */
  readonly callData: CallData;
  /** Commands for the call: transfer it, leave it, press keys. */
  readonly call: PhoneCall;
}

/** What a carrier may also know about a call. */
export interface CallDetails {
  /** Who called whom, if the carrier says so. */
  readonly direction?: CallDirection;
  /** Who answered, if the carrier found out before the bot was called. */
  readonly answeredBy?: AnsweredBy;
  /** The caller's name, as the network or the carrier knows it. */
  readonly callerName?: string;
  /** The number that forwarded the call. */
  readonly forwardedFrom?: string;
  /** The call that this one is a leg of. */
  readonly parentCallId?: string;
  /** How well the caller's number was verified (STIR/SHAKEN), in the carrier's own words. */
  readonly attestation?: string;
  /** What you gave the carrier for this call, decoded: `client_state`, `CustomField`. */
  readonly clientState?: string;
  /** SIP headers by name, such as `X-Customer` or `User-to-User`. */
  readonly sipHeaders?: Readonly<Record<string, string>>;
}

/** What is known about a phone call, under the same names for every carrier. */
export interface CallData extends CallDetails {
  /** Who called whom: `outbound` is a call that was dialled for the bot. */
  readonly direction: CallDirection;
  /** The carrier's id of the media stream. */
  readonly streamId: string;
  /** The carrier's id of the call. */
  readonly callId: string;
  /** The caller's number, if the carrier sends it. */
  readonly from?: string;
  /** The called number, if the carrier sends it. */
  readonly to?: string;
  /** Custom parameters that came with the stream. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The carrier's first message, unchanged. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Either kind of WebSocket session. */
export type WebSocketRunnerArguments = PlainWebSocketRunnerArguments | TelephonyRunnerArguments;

/** What a {@link Bot} is called with: `switch (args.transport)` tells which. */
export type RunnerArguments =
  | SmallWebRTCRunnerArguments
  | DailyRunnerArguments
  | LiveKitRunnerArguments
  | WebSocketRunnerArguments
  | EvalRunnerArguments;
