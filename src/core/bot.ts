/**
 * What a developer writes, and what they are given.
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

/** What every bot is given, whatever the transport. */
export interface SessionContext {
  /** The same id from `POST /start` to the bot to the logs. */
  readonly sessionId: string;
  /** The caller's own data, unchecked: parse it. `{}` when none was sent. */
  readonly body: unknown;
  /** Aborts when the peer left, a limit was reached or the runner is closing. */
  readonly signal: AbortSignal;
  /** The flags after `--` or unknown to the runner, when it was started from the command line. */
  readonly cliArgs?: Readonly<Record<string, unknown>>;
  /** Where the files lie that clients upload, by the URLs of `send-file`; absent where uploads are off. */
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
  /** Where the room can be called, beginning with `sip:`; set when a phone call is to join it. */
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
  /** The bot is to be silent: what it says is read, and not heard. */
  readonly skipTts: boolean;
  /** What the bot says is sent to the harness. */
  readonly captureBotAudio: boolean;
  /** Which pictures the bot shows is told to the harness. */
  readonly captureBotImages: boolean;
}

/** Pipecat's eval harness, which plays a user and grades what the bot does. */
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
  /** What is known of the call. */
  readonly callData: CallData;
  /** What can be done with the call beside talking: transfer it, leave it, press keys. */
  readonly call: PhoneCall;
}

/** What else a carrier may tell of a call: who calls, by which way, and for which campaign. */
export interface CallDetails {
  /** Who has called whom, where the carrier says it. */
  readonly direction?: CallDirection;
  /** Who has answered, where the carrier found it out before the bot was called. */
  readonly answeredBy?: AnsweredBy;
  /** The caller's name, as the network or the carrier knows it. */
  readonly callerName?: string;
  /** The number that forwarded the call. */
  readonly forwardedFrom?: string;
  /** The call that this one is a leg of. */
  readonly parentCallId?: string;
  /** How far the caller's number was verified (STIR/SHAKEN), in the carrier's own words. */
  readonly attestation?: string;
  /** What was given to the carrier for this call, decoded: `client_state`, `CustomField`. */
  readonly clientState?: string;
  /** SIP headers by name, such as `X-Customer` or `User-to-User`. */
  readonly sipHeaders?: Readonly<Record<string, string>>;
}

/** What is known of a phone call, under the same names for every carrier. */
export interface CallData extends CallDetails {
  /** Who has called whom: `outbound` is a call that was dialled for the bot. */
  readonly direction: CallDirection;
  /** The carrier's id of the media stream. */
  readonly streamId: string;
  /** The carrier's id of the call. */
  readonly callId: string;
  /** The caller's number, where the carrier says it. */
  readonly from?: string;
  /** The number that was called, where the carrier says it. */
  readonly to?: string;
  /** Custom parameters that came with the stream. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The carrier's first message, as it came. */
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
