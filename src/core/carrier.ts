/**
 * The port to a phone company: everything that differs between them, and nothing else.
 *
 * @module
 */
import type { CallData, CallDetails, TelephonyTransportName } from "./bot.ts";
import type { CarrierCommandName, CarrierCommands, StreamAnswer } from "./carrier_commands.ts";
import type { Message } from "./duplex.ts";
import type { AnsweredBy } from "./phone_call.ts";

/** Names and values of the environment, or of a Worker's bindings. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A call, as a carrier's webhook describes it. */
export interface CarrierCall extends CallDetails {
  /** The carrier's id of the call. */
  readonly callId: string;
  /** The caller's number; absent when withheld. */
  readonly from?: string;
  /** The number that was called. */
  readonly to?: string;
}

/** What a carrier's webhook says. */
export type CarrierWebhook =
  /** A call that waits for its answer. */
  | {
    readonly kind: "call";
    readonly call: CarrierCall;
    /** Set when the carrier waits for {@link CarrierCommands.answerCall}, whatever the webhook answers. */
    readonly byCommand?: true;
  }
  | CarrierNews;

/** News: progress, a recording, the end of a call. It needs no more than an empty 200. */
export interface CarrierNews {
  /** Tells it from a call. */
  readonly kind: "news";
  /** The call that it is about, if the webhook says so. */
  readonly callId?: string;
  /** Set when that call is over. */
  readonly over?: true;
  /** Who answered that call, if that was detected. */
  readonly answeredBy?: AnsweredBy;
}

/** A request of which a carrier may have signed the address. */
export interface SignedRequest {
  /** Its HTTP method. */
  readonly method: string;
  /** The address as the carrier called it: with the public origin, and `wss:` for an upgrade. */
  readonly url: URL;
  /** Its headers. */
  readonly headers: Headers;
  /** The body, byte for byte; empty for a GET. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What proves that requests are the carrier's; a member is absent without its secret. */
export interface CarrierAccount {
  /** Tells whether a webhook is the carrier's. */
  readonly verifyWebhook?: (request: SignedRequest) => boolean | Promise<boolean>;
  /** Tells whether a WebSocket is the carrier's. */
  readonly verifyUpgrade?: (request: SignedRequest) => boolean | Promise<boolean>;
}

/** The audio of a stream, the same in both directions. */
export interface CarrierAudio {
  /** How samples are coded: G.711, or 16 bits each. */
  readonly encoding: "mulaw" | "alaw" | "l16";
  /** Samples per second, in Hz; one channel. */
  readonly sampleRate: number;
}

/** The message that begins a stream. */
export interface CarrierStart {
  /** What the bot learns about the call. */
  readonly callData: Omit<CallData, "direction">;
  /** What the stream carries. */
  readonly audio: CarrierAudio;
}

/** What a carrier says during a call. `malformed` never ends a call: it is counted. */
export type CarrierEvent =
  /** Audio of the caller. `timestamp` is in ms since the stream began. */
  | {
    readonly type: "media";
    readonly samples: Int16Array;
    readonly timestamp: number;
    /** Counts media messages, if the carrier may deliver them out of order. */
    readonly chunk?: number;
  }
  | { readonly type: "dtmf"; readonly digit: string }
  /** All audio before this mark was played, or cleared if the carrier returns marks then, too. */
  | { readonly type: "mark"; readonly name: string }
  /** The clear was carried out. */
  | { readonly type: "cleared" }
  | { readonly type: "stop" }
  /** Known and of no interest, such as audio of the other track. */
  | { readonly type: "ignored" }
  | { readonly type: "malformed"; readonly detail: string };

/** How much audio may be in one message, in samples. */
export interface MessageSize {
  /** The least. */
  readonly min: number;
  /** The most. */
  readonly max: number;
  /** Every message is a multiple of this. */
  readonly multiple: number;
}

/** Turns one stream's messages into events and audio into messages. It is pure: it sends nothing. */
export interface CarrierSerializer {
  /** How much audio a message may hold. */
  readonly size: MessageSize;
  /** Reads a message. It never throws. */
  parse(message: Message): CarrierEvent;
  /** Makes a message of PCM at the stream's own rate; its length keeps to `size`. */
  media(samples: Int16Array): Message;
  /** Makes the message that asks to be notified when all audio so far was played. */
  mark(name: string): string;
  /** Makes the message that drops the audio which was not played yet. */
  clear(): string;
  /** Makes the message that presses a key; absent if the carrier cannot. */
  dtmf?(digit: string): string;
}

/** How a carrier asks what to do with a call, and how it is answered. */
export interface CarrierWebhookProtocol {
  /**
   * The header with the signatures of a webhook, if one signature fits several requests: it covers
   * names and values without separators (`ab` + `c` is signed like `a` + `bc`), or not the query of
   * a GET. Each is bound to the first call that it comes with.
   */
  readonly signatureHeader?: string;
  /** Set when the carrier signs the body of a webhook and not its query. */
  readonly signsBodyOnly?: true;
  /**
   * Reads the parameters of a webhook: those of the query, the form, or the JSON body.
   *
   * @throws {RunnerError} `bad_webhook` when the call's id is missing.
   */
  read(parameters: Readonly<Record<string, unknown>>): CarrierWebhook;
  /** The answer that makes the carrier open a stream. */
  answer(stream: StreamAnswer): Response;
  /** The answer that rejects a call, with words for the caller if the carrier can say them. */
  refuse(words: string): Response;
}

/** One phone company. */
export interface Carrier {
  /** Its name, as `POST /start` spells it. */
  readonly name: TelephonyTransportName;
  /** The names of the secrets that it reads from the environment, for help and `GET /status`. */
  readonly variables: readonly string[];
  /** Those that prove who calls, in words. */
  readonly secret: string;
  /** How it asks what to do with a call; absent if its stream itself begins the call. */
  readonly webhook?: CarrierWebhookProtocol;
  /**
   * Set if only streams that the user configured so bring what `verifyUpgrade` needs: a stream with
   * our own one-time token is proven by that.
   */
  readonly tokenSuffices?: true;
  /** The header by which the request of a stream shows that it is this carrier's. */
  readonly upgradeHeader?: string;
  /** Set if a broken stream returns once, with the same address. */
  readonly reconnects?: true;
  /** Set when nothing but closing the stream ends a call. */
  readonly endsWithStream?: true;
  /** Makes the checks that need secrets. */
  account(environment: Environment): CarrierAccount;
  /** The variables that its commands need, in words. */
  readonly commandVariables: string;
  /** Makes the commands that the secrets allow. */
  commands(environment: Environment): CarrierCommands;
  /**
   * The commands that it lacks, whatever the secrets: why, and what to do instead, in a sentence.
   */
  readonly cannot?: Readonly<Partial<Record<CarrierCommandName, string>>>;
  /** Set when a call can be transferred to an extension. */
  readonly hasExtensions?: true;
  /**
   * Reads a first message of the socket; undefined when it is not the one that begins the stream.
   *
   * @param message The content of its JSON, or its text if it is not JSON.
   * @param query The query of the address at which the stream was opened, without our own token.
   *
   * @throws {RunnerError} `bad_start` if it is one but cannot be used: a missing id, or an
   * unsupported codec, with what to change.
   */
  readStart(message: unknown, query: URLSearchParams): CarrierStart | undefined;
  /** Makes the serializer of a stream. */
  serializer(start: CarrierStart): CarrierSerializer;
}
