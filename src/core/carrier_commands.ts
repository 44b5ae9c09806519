/**
 * The port to the commands of a phone company for a call.
 *
 * @module
 */

/** How to answer a webhook so that the carrier opens a stream. */
export interface StreamAnswer {
  /** The carrier's id of the call, for carriers whose stream has no id of its own. */
  readonly callId: string;
  /** Where the carrier shall connect, such as `wss://bot.example.com/ws/TOKEN`. */
  readonly url: string;
  /** What travels with the stream, if the carrier can carry it. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A call that a command is about. */
export interface CommandedCall {
  /** The carrier's id of the call. */
  readonly callId: string;
  /** The carrier's id of its stream. */
  readonly streamId: string;
}

/** A call to transfer. */
export interface TransferOrder extends CommandedCall {
  /** A number in the international format, a SIP address, or an extension. */
  readonly to: string;
  /** The number to show; absent if the carrier is to show the caller's. */
  readonly from?: string | undefined;
  /** Our number in the call, if known. */
  readonly own?: string | undefined;
  /** Publishes a document for the carrier to fetch within a minute; returns its address. */
  publish(document: string): Promise<string>;
}

/** A call to make. */
export interface DialOrder {
  /** The number to call, in the international format. */
  readonly to: string;
  /** The number to show. */
  readonly from: string;
  /** What answers with the stream to open, for a carrier that asks. */
  readonly answerUrl: string;
  /** The stream to open, for a carrier that is told at once. */
  readonly streamUrl: string;
  /** Where the carrier is to tell of the call: of its end, and of who answered. */
  readonly eventUrl: string;
  /** Whether the carrier is to find out who answers, and with `greeting` when a machine's has ended. */
  readonly machineDetection: boolean | "greeting";
}

/**
 * The commands that the secrets allow; a member is absent without its secret, or if the carrier has
 * no such command. Each throws a {@link RunnerError} without secrets and numbers: `call_over` if
 * the call has ended, else the command's own, such as `transfer_failed`.
 */
export interface CarrierCommands {
  /** Ends a call. A call that has ended already is no error. */
  readonly hangUp?: (call: CommandedCall, signal: AbortSignal) => Promise<void>;
  /** Answers a call that is `byCommand`; without a stream, turns it away. */
  readonly answerCall?: (
    callId: string,
    stream: StreamAnswer | undefined,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Hands a call over to somebody else. */
  readonly transfer?: (order: TransferOrder, signal: AbortSignal) => Promise<void>;
  /** Presses keys for the other side to hear. */
  readonly sendDigits?: (call: CommandedCall, keys: string, signal: AbortSignal) => Promise<void>;
  /**
   * Makes a call; returns the carrier's id of it. It is asked once, or the phone might ring twice.
   *
   * @throws {RunnerError} `dial_failed`; `dial_uncertain` when the carrier has not answered, and may
   * be calling.
   */
  readonly dial?: (order: DialOrder, signal: AbortSignal) => Promise<string>;
}

/** Commands that not every carrier has. */
export type CarrierCommandName = "transfer" | "dial" | "detectMachines" | "awaitGreeting";
