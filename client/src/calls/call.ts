import type { CallLog } from "../session/log.ts";
import type { Settings } from "../session/settings.ts";
import type { Ending } from "../session/happenings.ts";
import type { CallView, Sight } from "../session/view.ts";
import type { Processing } from "../session/sound.ts";
import type { Filmed } from "./filming.ts";

/** One call, from the click on Connect to its end. */
export interface Call {
  /** Ends the call; only the first reason counts. */
  end(ending: Ending): void;
  setMuted(muted: boolean): void;
  /** Chooses a microphone by its device id. */
  chooseMicrophone(deviceId: string): void;
  /** Changes what the browser does to the microphone's sound, where the page opens it. */
  process?(processing: Processing): void;
  /** Shows the bot the camera or the screen, where the transport can. */
  film?(what: Filmed, on: boolean): void;
  /** Sends the bot a text, where the transport can. */
  say?(text: string): void;
  /**
   * Uploads a file for the bot, where it takes any.
   *
   * @throws {Error} whose message is for the user.
   */
  sendFile?(file: File, text: string): Promise<void>;
  /** Presses a key of the phone. */
  press(key: string): void;
}

/** Changes what the page shows of the call. */
export type Show = (
  change: Partial<
    CallView & Sight & { microphones: readonly MediaDeviceInfo[]; microphoneId: string }
  >,
) => void;

/** What a call needs. */
export interface CallOptions {
  readonly settings: Settings;
  /** The `body` of the start request. */
  readonly body: unknown;
  readonly muted: boolean;
  readonly microphoneId: string | undefined;
  /** What is sent in place of a microphone. */
  readonly voice?: MediaStream;
  readonly processing: Processing;
  readonly show: Show;
  readonly log: CallLog;
}

/** How long the way to the bot may take once the runner has agreed to the call, in ms. */
export const CONNECT_MS = 20_000;

/** The end of a call that the user wanted. */
export const HUNG_UP: Ending = { sentence: "You ended the call.", failed: false };
/** The end of a call that the bot wanted. */
export const BOT_LEFT: Ending = { sentence: "The bot ended the call.", failed: false };
