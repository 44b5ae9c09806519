import type { Transport } from "@pipecat-ai/client-js";
import type { CallLog } from "../session/log.ts";
import type { Ending } from "../session/happenings.ts";
import type { Processing } from "../session/sound.ts";
import type { Show } from "./call.ts";
import type { Filmed } from "./filming.ts";
import type { Question } from "./runner_watch.ts";

/** What differs between WebRTC, a WebSocket and a room. */
export interface RtviLine {
  readonly transport: Transport;
  /** What `POST /start` is sent beside the body. */
  readonly request: Readonly<Record<string, string | boolean>>;
  /** Makes the runner's answer what the transport takes. */
  accept(answer: unknown): unknown;
  /** Called when the transport begins to connect. */
  connecting?(): void;
  /** Called when both sides are connected; returns the way to stop. */
  live(): () => void;
  /**
   * How much has come from the runner; absent where the connection itself says when the runner has
   * gone.
   */
  heard?(): Promise<number>;
  /** Asks the runner whether it still has the call. */
  ask?: Question;
  /** Whether the connection works now. */
  works(): boolean;
  /** Drops what the bot said and was not heard. */
  clear(): void;
  /** Resolves when all messages that have come were read. */
  read?(): Promise<void>;
  /** The sound of a microphone that the transport opened by itself, or none any more. */
  userTrack?(track: MediaStreamTrack | undefined): void;
  /** Why there was no way to the bot. */
  unreachable(): Ending;
  /** Why not even the devices could be opened, if it is known. */
  notReady?(): Ending | undefined;
  /** What a fatal error is that did not come from the bot. */
  broken?(message: string): Ending;
  /** Changes what the browser does to the microphone's sound; absent where somebody else opens it. */
  process?(processing: Processing): void;
  /** Shows the bot the camera or the screen, or no more; absent where it cannot be shown any. */
  film?(what: Filmed, on: boolean): void;
  /** Closes all that the transport does not. */
  close(): void;
}

/** What a line needs. */
export interface RtviLineOptions {
  readonly microphoneId: string | undefined;
  /** What is sent in place of a microphone. */
  readonly voice?: MediaStream | undefined;
  readonly processing: Processing;
  readonly log: CallLog;
  /** Changes what the page shows, until the call is over. */
  readonly update: Show;
  /** Follows the steps of the way into the call. */
  readonly steps: Steps;
}

/** What is told of the steps of a connection. */
export interface Steps {
  begin(name: string): void;
  done(name: string): void;
  /** Whether the call is over. */
  stopped(): boolean;
}
