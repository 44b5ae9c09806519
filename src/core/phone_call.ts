/**
 * What a bot can do with a phone call beside talking, and how calls are dialled.
 *
 * @module
 */
import type { TelephonyTransportName } from "./transport_names.ts";

/** Who has called whom: `outbound` is a call that was dialled for the bot. */
export type CallDirection = "inbound" | "outbound";

/** Who has answered a call that was dialled, as the carrier's machine detection hears it. */
export interface AnsweredBy {
  /** `unknown` where the carrier could not tell. */
  readonly who: "human" | "machine" | "fax" | "unknown";
  /** Set once a machine's greeting has ended, and a message can be left: by what it was noticed. */
  readonly greetingEnded?: "beep" | "silence" | "other";
  /** The verdict in the carrier's own words, such as `machine_end_beep`. */
  readonly raw: string;
}

/** How to transfer a call. */
export interface TransferOptions {
  /**
   * The number that the new party sees, in the international format (E.164). It has to be one that
   * the carrier lets you show. Default: the caller's where the carrier shows it by itself, else your
   * own number.
   */
  readonly from?: string;
}

/** How to wait for the verdict of the machine detection. */
export interface AnsweredByOptions {
  /** How long to wait, in ms. Default: 30000. */
  readonly timeoutMs?: number;
  /** Waits until the greeting of a machine has ended, where the call was dialled so. Default: false. */
  readonly greetingEnd?: boolean;
}

/**
 * A phone call, as far as it can be commanded: `args.call`.
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
   * Hands the caller over to somebody else. What the bot has written is heard first; then the session
   * ends, and the call goes on without it.
   *
   * @param to A number in the international format, such as `+15551234567`, or a SIP address, such as
   * `sip:desk@example.com`; on Asterisk an extension of the dialplan, too.
   * @throws {RunnerError} `bad_number` when it is none of these; `number_not_allowed` when
   * `dialPrefixes` forbids it; `carrier_cannot` where the carrier takes no such command, saying what to
   * do instead; `no_credentials` without the carrier's secrets; `not_signed` when nothing proves that
   * the call is the carrier's; `call_over` when it has ended; `transfer_failed` with the carrier's own
   * code when it refuses.
   */
  transfer(to: string, options?: TransferOptions): Promise<void>;
  /**
   * Lets the call go on without the bot: it is not hung up when the bot returns. The carrier does what
   * comes next: the verbs behind `<Connect>`, the next applet, the dialplan, or what you have told it
   * to do yourself. Where nothing comes next, the carrier ends the call.
   */
  leave(): void;
  /**
   * Ends the call at once, and with it the session. What was not heard yet is lost; a bot that returns
   * is heard out.
   *
   * @throws {RunnerError} `hang_up_failed` when the carrier refuses. The session ends anyway.
   */
  hangUp(): Promise<void>;
  /**
   * Presses keys for the other side to hear, behind what the bot has written: by the carrier's own
   * command, or by tones in the audio where it has none. Resolves when they were pressed.
   *
   * @param keys One or more of `0123456789*#ABCD`.
   * @throws {RunnerError} `bad_digits`, `call_over`, and `send_digits_failed` when the carrier refuses.
   */
  sendDigits(keys: string): Promise<void>;
  /**
   * Resolves with who has answered, once the carrier's machine detection says so; with undefined when
   * it says nothing in time, when the call ends first, and at once for a call that was not dialled.
   */
  answeredBy(options?: AnsweredByOptions): Promise<AnsweredBy | undefined>;
}

/** A call to make. */
export interface DialOptions {
  /** The carrier to call through. */
  readonly transport: TelephonyTransportName;
  /** Whom to call: a number in the international format (E.164), such as `+15551234567`. */
  readonly to: string;
  /**
   * The number that is shown, one of yours. Default: the variable of the carrier, such as
   * `TWILIO_PHONE_NUMBER`.
   */
  readonly from?: string | undefined;
  /** The `body` for the bot; any JSON. Default: `{}`. */
  readonly body?: unknown;
  /**
   * Lets the carrier find out whether a machine answers, which it may charge for: `args.call.answeredBy`
   * has the verdict. With `greeting` it also waits for the end of a machine's greeting. Default: false.
   */
  readonly machineDetection?: boolean | "greeting" | undefined;
}

/** A call that rings. */
export interface DialledCall {
  /** The id of the session that begins when the call is answered. */
  readonly sessionId: string;
  /** The carrier's id of the call, or of the request where the call has none before it is answered. */
  readonly callId: string;
}
