import type { RTVIMessage, TransportState } from "@pipecat-ai/client-js";
import type { Conversation } from "./conversation.ts";
import type { DeviceFailure } from "./sentences.ts";

/** Which way a message went, seen from the page. */
export type Direction = "in" | "out";

/** Sees every RTVI message on its way. */
export type Tap = (direction: Direction, message: RTVIMessage) => void;

/** An RTVI message that went by. */
export interface LoggedMessage {
  /** Counts up. */
  readonly key: number;
  readonly at: Date;
  readonly direction: Direction;
  readonly type: string;
  readonly data: unknown;
}

/** How a call ended. */
export interface Ending {
  readonly sentence: string;
  readonly failed: boolean;
}

/** Everything that the page shows. */
export interface SessionView {
  /** `off`, on the way to a call, in one, or in one whose connection is broken for now. */
  readonly call: "off" | "starting" | "live" | "broken";
  /** The state of the transport as the SDK names it. */
  readonly transport: TransportState;
  readonly botReady: boolean;
  readonly botSpeaks: boolean;
  readonly sessionId: string | undefined;
  /** How the last call ended; absent while one runs. */
  readonly ending: Ending | undefined;
  readonly muted: boolean;
  readonly microphoneFailure: DeviceFailure | undefined;
  readonly microphones: readonly MediaDeviceInfo[];
  /** The chosen microphone; the browser's own choice unless given. */
  readonly microphoneId: string | undefined;
  /** What the user sends. */
  readonly userSound: MediaStream | undefined;
  /** What the bot sends. */
  readonly botSound: MediaStream | undefined;
  readonly conversation: Conversation;
  readonly messages: readonly LoggedMessage[];
}
