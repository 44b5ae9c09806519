/**
 * What a client sends to a bot: the `data` of every RTVI message, by type.
 *
 * @module
 */

/** Who is sending. */
export interface AboutClient {
  /** The client's package, such as `@pipecat-ai/client-js`. */
  readonly library: string;
  /** Its version. */
  readonly library_version?: string;
  /** What it runs on, such as `web` or `iOS`. */
  readonly platform?: string;
  /** The version of that. */
  readonly platform_version?: string;
  /** More about that, in the client's words. */
  readonly platform_details?: unknown;
}

/** How the bot should treat what was typed or sent. */
export interface SendTextOptions {
  /** Answer at once, interrupting current speech. Default: true. */
  readonly run_immediately?: boolean;
  /** Speak the answer instead of only writing it. Default: true. */
  readonly audio_response?: boolean;
}

/** The same for a file. */
export interface SendFileOptions extends SendTextOptions {
  /** Information for the model's provider, such as `detail` or `citations`. */
  readonly custom_options?: Readonly<Record<string, unknown>>;
}

/** Where the bytes of a file are. */
export type FileSource =
  /**
   * In the message: base64, or a complete `data:` URL. `width` and `height` of an image, in pixels.
   */
  | {
    readonly type: "bytes";
    readonly bytes: string;
    readonly width?: number;
    readonly height?: number;
  }
  /** Behind a URL: the answer to an upload, or any other. */
  | { readonly type: "url"; readonly url: string };

/** A file that a client sends, or names the place of. */
export interface ClientFile {
  /** Its media type, such as `application/pdf`; the client's claim, unchecked. */
  readonly format: string;
  /** Its name at the client: for display, never a path. */
  readonly name?: string;
  /** Where the file is. */
  readonly source: FileSource;
}

/** The `data` of every message that a client sends, by type. */
export interface RtviClientData {
  /** The client is set up and ready; the answer is `bot-ready`. */
  "client-ready": { readonly version: string; readonly about: AboutClient };
  /** The client asks the bot to leave. */
  "disconnect-bot": Readonly<Record<string, unknown>> | undefined;
  /**
   * The application's own message: `t` is its type, `d` its data. The answer is `server-response`.
   */
  "client-message": { readonly t: string; readonly d?: unknown };
  /** Typed text. */
  "send-text": { readonly content: string; readonly options?: SendTextOptions };
  /** A file with a text about it, from version 2.2 on. */
  "send-file": {
    readonly content: string;
    readonly file: ClientFile;
    readonly options?: SendFileOptions;
  };
  /** What a function of the client returned to the language model. */
  "llm-function-call-result": {
    readonly function_name: string;
    readonly tool_call_id: string;
    readonly arguments: unknown;
    readonly result: unknown;
  };
  /** Version 2.1 sends `buttons`, 2.0 one `button` per message. */
  "dtmf": { readonly buttons: readonly string[] } | { readonly button: string };
  /** A piece of audio, for transports without media of their own. */
  "raw-audio": {
    readonly base64Audio: string;
    readonly sampleRate?: number;
    readonly numChannels?: number;
  };
  /** Several pieces of audio. */
  "raw-audio-batch": {
    readonly base64AudioBatch: readonly string[];
    readonly sampleRate?: number;
    readonly numChannels?: number;
  };
  /** Something happened in the user interface. */
  "ui-event": { readonly event: string; readonly payload?: unknown };
  /** What the user interface shows. */
  "ui-snapshot": { readonly tree: unknown };
  /** The user wants a group of jobs to stop. */
  "ui-cancel-job-group": { readonly job_id: string; readonly reason?: string };
}
