/**
 * What a bot can do with a phone call besides talking, and how to dial one.
 *
 * @module
 */
import type { TelephonyTransportName } from "./transport_names.ts";

/** Who called whom: `outbound` is a call that was dialled for the bot. */
export type CallDirection = "inbound" | "outbound";

/** Who answered a dialled call, as the carrier's machine detection judges it. */
export interface AnsweredBy {
  /** `unknown` if the carrier could not tell. */
  readonly who: "human" | "machine" | "fax" | "unknown";
  /** Set once a machine's greeting has ended and you can leave a message: how that was noticed. */
  readonly greetingEnded?: "beep" | "silence" | "other";
  /** The verdict in the carrier's own words, such as `machine_end_beep`. */
  readonly raw: string;
}

/** How to transfer a call. */
export interface TransferOptions {
  /**
   * The number that the new party sees, in international format (E.164). The carrier must let you
   * show it. Default: the caller's if the carrier shows it by itself, else your own number.
   */
  readonly from?: string;
}

/** How to wait for the verdict of machine detection. */
export interface AnsweredByOptions {
  /** How long to wait, in ms. Default: 30000. */
  readonly timeoutMs?: number;
  /** Waits until a machine's greeting has ended, if the call was dialled so. Default: false. */
  readonly greetingEnd?: boolean;
}

/**
 * Commands for a phone call: `args.call`.
 *
 * @example
 * ```ts
 * import type { RunnerArguments } from "@pipecat/runner";
 *
 * export async function bot(args: RunnerArguments): Promise<void> {
 *   if (!("call" in args)) return; // a browser, or a room
 *   const answered = await args.call.answeredBy();
 *   if (answered?.who === "machine") return await args.call.hangUp();
 *   await args.call.transfer("+15557654321");
 * }
 * ```
 */
export interface PhoneCall {
  /**
   * Hands the caller over to somebody else. The caller first hears what the bot has written; then
   * the session ends, and the call goes on without it.
   *
   * @param to A number in international format, such as `+15551234567`, or a SIP address, such as
   * `sip:desk@example.com`; on Asterisk also an extension of the dialplan.
   * @throws {RunnerError} `bad_number` for anything else; `number_not_allowed` if `dialPrefixes`
   * forbids it; `carrier_cannot` if the carrier has no such command, saying what to do instead;
   * `no_credentials` without the carrier's secrets; `not_signed` if nothing proves that the call is
   * the carrier's; `call_over` if it has ended; `transfer_failed` with the carrier's own code if it
   * refuses.
   */
  transfer(to: string, options?: TransferOptions): Promise<void>;
  /**
   * Lets the call go on without the bot: the runner does not hang up when the bot returns. The
   * carrier does what comes next: the verbs after `<Connect>`, the next applet, the dialplan, or
   * what you have told it yourself. If nothing comes next, the carrier ends the call.
   */
  leave(): void;
  /**
   * Ends the call at once, and with it the session. What was not heard yet is lost. To be heard
   * out, return from the bot instead.
   *
   * @throws {RunnerError} `hang_up_failed` if the carrier refuses. The session ends anyway.
   */
  hangUp(): Promise<void>;
  /**
   * Presses keys for the other side to hear, after what the bot has written: with the carrier's own
   * command, or with tones in the audio if it has none. Resolves when they were pressed.
   *
   * @param keys One or more of `0123456789*#ABCD`.
   * @throws {RunnerError} `bad_digits`, `call_over`, and `send_digits_failed` if the carrier
   * refuses.
   */
  sendDigits(keys: string): Promise<void>;
  /**
   * Resolves with who answered, once the carrier's machine detection says so. Resolves with
   * undefined if it says nothing in time or the call ends first, and at once for a call that was
   * not dialled.
   */
  answeredBy(options?: AnsweredByOptions): Promise<AnsweredBy | undefined>;
}

/** A call to make. */
export interface DialOptions {
  /** The carrier to call through. */
  readonly transport: TelephonyTransportName;
  /** The number to call, in international format (E.164), such as `+15551234567`. */
  readonly to: string;
  /**
   * The number to show, one of yours. Default: the carrier's variable, such as
   * `TWILIO_PHONE_NUMBER`.
   */
  readonly from?: string | undefined;
  /** The `body` for the bot; any JSON. Default: `{}`. */
  readonly body?: unknown;
  /**
   * Has the carrier detect an answering machine, which may cost extra: `args.call.answeredBy` has
   * the verdict. With `greeting` it also waits for the end of a machine's greeting. Default: false.
   */
  readonly machineDetection?: boolean | "greeting" | undefined;
}

/** A call that is ringing. */
export interface DialledCall {
  /** The id of the session that begins when the call is answered. */
  readonly sessionId: string;
  /**
   * The carrier's id of the call, or of the request if the call has no id before it is answered.
   */
  readonly callId: string;
}
