import type { TransportState } from "@pipecat-ai/client-js";
import type { Filmed } from "../calls/filming.ts";
import { type Conversation, SILENCE } from "./conversation.ts";
import type { BotCode } from "./changes.ts";
import { type Doing, QUIET } from "./doing.ts";
import type { Ending, LoggedMessage, Moment, Phase, Quality } from "./happenings.ts";
import type { DeviceFailure } from "./sentences.ts";
import type { Speech, Turn } from "./turns.ts";

/** Everything that one call leaves behind. */
export interface CallView {
  /** `off`, on the way to a call, in one, or in one whose connection is broken for now. */
  readonly call: "off" | "starting" | "live" | "broken";
  /** The state of the transport as the SDK names it. */
  readonly transport: TransportState;
  readonly botReady: boolean;
  readonly sessionId: string | undefined;
  /** When the call began; absent before the first. */
  readonly startedAt: Date | undefined;
  /** When both sides were connected, in ms since the call began. */
  readonly liveAt: number | undefined;
  /** When the call ended, in ms since it began. */
  readonly endedAt: number | undefined;
  /** How the last call ended; absent while one runs. */
  readonly ending: Ending | undefined;
  readonly microphoneFailure: DeviceFailure | undefined;
  /** What the user sends. */
  readonly userSound: MediaStream | undefined;
  /** What the bot sends. */
  readonly botSound: MediaStream | undefined;
  readonly conversation: Conversation;
  readonly messages: readonly LoggedMessage[];
  readonly phases: readonly Phase[];
  readonly moments: readonly Moment[];
  readonly speeches: readonly Speech[];
  readonly turns: readonly Turn[];
  readonly quality: readonly Quality[];
  /** How the two sides are connected, in words. */
  readonly path: string | undefined;
}

/** What is seen in a call, and is no part of what it leaves behind. */
export interface Sight {
  /** What both sides do. */
  readonly doing: Doing;
  /** What the bot can see. */
  readonly sees: Readonly<Record<Filmed, boolean>>;
  /** What the user shows. */
  readonly filmed: Readonly<Partial<Record<Filmed, MediaStream>>>;
  /** Why the user cannot show it. */
  readonly filmProblem: string | undefined;
  /** What the bot shows. */
  readonly botPicture: MediaStream | undefined;
  /** Whether the user can send files. */
  readonly takesFiles: boolean;
}

/** Everything that the page shows. */
export interface SessionView extends CallView, Sight {
  readonly muted: boolean;
  /** Whether the caller is that of another call, played again. */
  readonly recorded: boolean;
  readonly microphones: readonly MediaDeviceInfo[];
  readonly speakers: readonly MediaDeviceInfo[];
  /** The chosen microphone. Default: the browser's own choice. */
  readonly microphoneId: string | undefined;
  readonly speakerId: string;
  /** What the runner can do; absent before it has said so. */
  readonly enabled: readonly string[] | undefined;
  /** The bot's code; absent where the runner does not watch it. */
  readonly code: BotCode | undefined;
  /** Whether it has changed since the last call began. */
  readonly changed: boolean;
  /** The names of the runner's bots; empty where it has one. */
  readonly bots: readonly string[];
}

/** What is seen before there is a call, and after it. */
export const NO_SIGHT: Sight = {
  doing: QUIET,
  sees: { camera: false, screen: false },
  filmed: {},
  filmProblem: undefined,
  botPicture: undefined,
  takesFiles: false,
};

/** What is known before there is a call. */
export const NO_CALL: CallView = {
  call: "off",
  transport: "disconnected",
  botReady: false,
  sessionId: undefined,
  startedAt: undefined,
  liveAt: undefined,
  endedAt: undefined,
  ending: undefined,
  microphoneFailure: undefined,
  userSound: undefined,
  botSound: undefined,
  conversation: SILENCE,
  messages: [],
  phases: [],
  moments: [],
  speeches: [],
  turns: [],
  quality: [],
  path: undefined,
};
