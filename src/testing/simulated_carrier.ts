/**
 * What a simulated carrier can do: one file of `carriers/` each. They share no code with the
 * runner's carriers, so a mistake on one side is not repeated on the other.
 *
 * @module
 */
import type { TelephonyTransportName } from "../core/bot.ts";
import type { Environment } from "../core/carrier.ts";
import type { Message } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";

/** Who calls whom, with which ids. */
export interface CallParties {
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly streamId: string;
  readonly accountId: string;
}

/** The webhook that announces a call. */
export interface WebhookOrder {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly parties: CallParties;
  /** More parameters, or replacements for the carrier's own. */
  readonly params: Readonly<Record<string, string>>;
  readonly secret: string | undefined;
}

/** The codecs that a carrier's stream may have. */
export type StreamEncoding = "mulaw" | "alaw" | "l16";

/** What the answer to a webhook asks for. */
export interface StreamOrder {
  /** Where to connect. */
  readonly url: URL;
  readonly encoding: StreamEncoding;
  /** Samples per second, in Hz. */
  readonly sampleRate: number;
  /** Custom parameters that go into the start message. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a message of the server asks the carrier to do. */
export type ServerAction =
  | { readonly type: "media"; readonly samples: Int16Array }
  | { readonly type: "mark"; readonly name: string }
  | { readonly type: "clear" }
  | { readonly type: "dtmf"; readonly digits: string };

/** The carrier's end of a stream: it counts what it writes and checks what it reads. */
export interface CarrierLine {
  /** Samples per second, in Hz. */
  readonly sampleRate: number;
  /** Audio in one message to the server, in ms. */
  readonly chunkMs: number;
  /** The most audio that the carrier keeps, in ms. */
  readonly maxQueueMs: number;
  /** What happens to marks that are waiting when the audio is cleared. */
  readonly marksOnClear: "returned" | "dropped";
  /** What is sent first, in this order; the last of them is the start. */
  opening(): readonly string[];
  media(samples: Int16Array, track: "inbound" | "outbound"): Message;
  dtmf(digit: string): string;
  mark(name: string): string;
  /** Answers a clear, if the carrier does. */
  cleared?(): string;
  /** Ends the stream, if the carrier says so before it closes. */
  stop?(): string;
  /**
   * Reads a message of the server.
   *
   * @throws {Violation} If the carrier would reject it.
   */
  receive(message: string): ServerAction;
  /**
   * Reads a binary message from the server; absent if the carrier accepts none.
   *
   * @throws {Violation} If the carrier would reject it.
   */
  receiveBytes?(bytes: Uint8Array<ArrayBuffer>): ServerAction;
}

/** How a carrier asks what to do with a call. */
export interface SimulatedWebhook {
  /** The method of its webhooks by default. */
  readonly method: "GET" | "POST";
  /** Set if it signs only the bodies of webhooks: with a secret, it posts them. */
  readonly signsBodies?: true;
  /** The webhook, signed if there is a secret. */
  request(order: WebhookOrder): Promise<Request>;
  /**
   * Reads the answer to a webhook.
   *
   * @throws {RunnerError} `bad_answer` if the carrier would reject it, `call_refused` if it rejects
   * the call.
   */
  readAnswer(answer: WebhookAnswer): StreamOrder;
}

/** A phone company, as far as a call needs it. */
export interface SimulatedCarrier {
  readonly name: TelephonyTransportName;
  /** Its name, for people. */
  readonly title: string;
  /** How it asks what to do with a call; absent if its stream itself begins the call. */
  readonly webhook?: SimulatedWebhook;
  /** Whether its messages say which side the audio comes from. */
  readonly namesTracks: boolean;
  /** Finds the secret that the server most likely also has; absent if only the carrier has it. */
  secretOf?(environment: Environment): string | undefined;
  /** Makes new ids for a call. */
  identify(): Pick<CallParties, "callId" | "streamId" | "accountId">;
  /** The order for a stream that needs no webhook; its address may describe the call. */
  directStream(
    url: URL,
    parties: CallParties,
    params: Readonly<Record<string, string>>,
  ): StreamOrder;
  /** The headers of the WebSocket's handshake. */
  upgradeHeaders(url: URL, secret: string | undefined): Promise<Record<string, string>>;
  line(order: StreamOrder, parties: CallParties): CarrierLine;
}

/** The answer to a webhook. */
export interface WebhookAnswer {
  /** Its media type, without parameters. */
  readonly contentType: string;
  readonly text: string;
}

/** Something that the carrier would reject. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** An answer that the carrier would reject. */
export function badAnswer(detail: string): RunnerError {
  return new RunnerError("bad_answer", `The carrier would refuse this answer: ${detail}`);
}

/** An answer that rejects the call. */
export function callRefused(detail: string): RunnerError {
  return new RunnerError("call_refused", `The call was turned away: ${detail}`);
}
