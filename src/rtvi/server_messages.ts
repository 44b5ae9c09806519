/**
 * What a bot sends to a client: the `data` of every RTVI message, by type.
 *
 * @module
 */

/**
 * What a bot can do in a session, so that a client shows the controls that apply. Absent: unknown.
 */
export interface BotCapabilities {
  /** It receives the user's audio. */
  readonly audio_in?: boolean;
  /** It sends audio. */
  readonly audio_out?: boolean;
  /** It receives the user's camera. */
  readonly video_in?: boolean;
  /** It receives the user's screen. */
  readonly screen_in?: boolean;
  /** It sends video. */
  readonly video_out?: boolean;
  /** It reports metrics. */
  readonly metrics?: boolean;
}

/** What was said or typed, as the recognizer or the client reported it. */
export interface UserTranscription {
  /** The words. */
  readonly text: string;
  /** False for a guess, which the next one replaces. */
  readonly final: boolean;
  /** ISO 8601. */
  readonly timestamp: string;
  /** Who spoke; empty if nobody is named. */
  readonly user_id: string;
}

/** What the user said or typed. */
export interface UserInput {
  /** The words. */
  readonly text: string;
  /** Said; typed; or said while the bot talked, such as "mhm", and not meant as an interruption. */
  readonly input_type: "transcription" | "chat" | "backchannel";
  /** ISO 8601. */
  readonly timestamp: string;
  /** False for a guess at what is being said, which the next one replaces. */
  readonly final: boolean;
  /** Who spoke or typed. */
  readonly user_id?: string;
  /** The id of the `send-text` that it acknowledges. */
  readonly msg_id?: string;
}

/** A bot's line, as the second protocol version shows it growing. */
export interface BotOutput {
  /** The words. */
  readonly text: string;
  /** The form of the text: `sentence`, `backchannel`, `code` … */
  readonly output_type: string;
  /** Older names of `output_type`, which are sent beside it. */
  readonly text_type?: string;
  /** How the words were aggregated, such as by `sentence`; the older name of `output_type`. */
  readonly aggregated_by?: string;
  /** The number of the segment, which is the same in every message about it. */
  readonly segment_id: number;
  /** Whether it goes to the voice. */
  readonly will_be_spoken: boolean;
  /** `new` at first, and for text that is not spoken; `completed` after its last word. */
  readonly spoken_status: "new" | "in-progress" | "completed";
  /** How far it has been spoken. */
  readonly spoken_progress?: {
    readonly accumulated_text: string;
    readonly remaining_text: string;
  };
}

/** A bot's line, as the first protocol version shows it. */
export interface BotOutputV1 {
  /** The words. */
  readonly text: string;
  /** How they were aggregated, such as by `sentence` or `word`. */
  readonly aggregated_by: string;
  /** Whether it has been spoken. */
  readonly spoken: boolean;
}

/** What was measured, and where. */
export interface Measured {
  /** The service or step that was measured. */
  readonly processor: string;
  /** Its model. */
  readonly model?: string;
}

/** One measured value, in the unit of its list: seconds for `ttfb` and `processing`. */
export interface Metric extends Measured {
  /** What was measured. */
  readonly value: number;
}

/** The `data` of `metrics`: lists of what was measured, times in seconds. */
export interface Metrics {
  /** Until the first byte. */
  readonly ttfb?: readonly Metric[];
  /** Until the first audible sound: `ttfb` and the silence after it. */
  readonly ttfa?: readonly (Measured & {
    readonly ttfa: number;
    readonly ttfb: number;
    readonly leading_silence: number;
  })[];
  /** Until the first word of a model's answer: `ttfb` and the thinking before it. */
  readonly ttfat?: readonly (Measured & {
    readonly ttfat: number;
    readonly ttfb: number;
    readonly thinking_time: number;
  })[];
  /** How long each service took. */
  readonly processing?: readonly Metric[];
  /** Characters that were spoken. */
  readonly characters?: readonly Metric[];
  /** Tokens that a model used. */
  readonly tokens?: readonly {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
    readonly cache_read_input_tokens?: number;
    readonly cache_creation_input_tokens?: number;
    readonly reasoning_tokens?: number;
    readonly input_audio_tokens?: number;
    readonly output_audio_tokens?: number;
    readonly cache_read_input_audio_tokens?: number;
  }[];
  /** Seconds of audio that were recognized. */
  readonly stt_usage?:
    readonly (Measured & { readonly value: { readonly audio_seconds: number } })[];
}

/** The `data` of `error`. */
export interface RtviError {
  /** What went wrong, for people to read. */
  readonly error: string;
  /** Whether the bot has ended with it. */
  readonly fatal: boolean;
  /** The older name of `error`, which is sent beside it. */
  readonly message?: string;
}

/** The progress of a group of jobs that a bot works on; `at` is in ms since 1970. */
export type JobGroup =
  & { readonly job_id: string; readonly at?: number }
  & (
    | {
      readonly kind: "group_started";
      readonly workers?: readonly string[];
      readonly label?: string;
      /** Whether the client may ask to cancel it. */
      readonly cancellable?: boolean;
    }
    | { readonly kind: "job_update"; readonly worker_name: string; readonly data?: unknown }
    | {
      readonly kind: "job_completed";
      readonly worker_name: string;
      readonly status: string;
      readonly response?: unknown;
    }
    | { readonly kind: "group_completed" }
  );

/** The `data` of messages that contain only a text. */
export interface TextData {
  /** The text. */
  readonly text: string;
}

/** The `data` of every message that a bot sends, by type. */
export interface RtviServerData {
  /** The bot is set up: the answer to `client-ready`. */
  "bot-ready": {
    readonly version: string;
    readonly about?: Readonly<Record<string, unknown>>;
    readonly capabilities?: BotCapabilities;
  };
  /** Something went wrong. */
  "error": RtviError;
  /** Something is wrong with the message that has the same id. */
  "error-response": { readonly error: string };
  /** The answer to a `client-message`: `t` is its type, `d` the data. */
  "server-response": { readonly t: string; readonly d?: unknown };
  /** The bot's own message, at any time. */
  "server-message": unknown;
  /** The user has started speaking: a turn begins. */
  "user-started-speaking": undefined;
  /** The user has stopped speaking: the turn is over. */
  "user-stopped-speaking": undefined;
  /** The voice detector hears the user. */
  "vad-user-started-speaking": undefined;
  /** The voice detector no longer hears the user. */
  "vad-user-stopped-speaking": undefined;
  /** The bot starts to be heard. */
  "bot-started-speaking": undefined;
  /** The bot was heard to the end, or was interrupted. */
  "bot-stopped-speaking": undefined;
  /** The user has interrupted the bot. */
  "bot-interrupted": undefined;
  /** The bot has stopped listening. */
  "user-mute-started": undefined;
  /** The bot listens again. */
  "user-mute-stopped": undefined;
  /** What the user said or typed. It acknowledges a `send-text` if it has its id. */
  "user-input": UserInput;
  /** Replaced by `user-input` and `stt-raw-text`; sent beside them for older clients. */
  "user-transcription": UserTranscription;
  /** Every transcription as the recognizer made it. Only for clients of version 2.2 and later. */
  "stt-raw-text": UserTranscription;
  /** What the language model gets from the user. */
  "user-llm-text": TextData;
  /** What the bot says, as it is heard. */
  "bot-output": BotOutput | BotOutputV1;
  /** What the bot says, a sentence at a time. Older clients read it. */
  "bot-transcription": TextData;
  /** The language model starts its answer. */
  "bot-llm-started": undefined;
  /** The language model has finished its answer. */
  "bot-llm-stopped": undefined;
  /** Replaced by `llm-raw-text`; sent beside it for older clients. */
  "bot-llm-text": TextData;
  /** Each piece of text as the model streams it. Only for clients of version 2.2 and later. */
  "llm-raw-text": TextData;
  /** A model's marker beside its text, once per response, such as that a turn is complete. */
  "bot-llm-marker": {
    /** The marker; empty if the response had none. */
    readonly text: string;
    readonly kind?: string;
    /** The whole response, with its markers. */
    readonly raw?: string;
    /** All possible markers. */
    readonly markers?: readonly string[];
  };
  /** What the language model found when it searched. */
  "bot-llm-search-response": {
    readonly search_result?: string;
    readonly rendered_content?: string;
    readonly origins: readonly unknown[];
  };
  /** The voice starts speaking. */
  "bot-tts-started": undefined;
  /** The voice has finished. */
  "bot-tts-stopped": undefined;
  /** Replaced by `tts-raw-text`; sent beside it for older clients. */
  "bot-tts-text": TextData;
  /** What is spoken, as it is spoken. Only for clients of version 2.2 and later. */
  "tts-raw-text": TextData;
  /** A piece of the voice's audio. */
  "bot-tts-audio": {
    /** Base64. */
    readonly audio: string;
    readonly sample_rate: number;
    readonly num_channels: number;
  };
  /** The language model calls a function. */
  "llm-function-call-started": { readonly function_name?: string };
  /** The function is running. */
  "llm-function-call-in-progress": {
    readonly function_name?: string;
    readonly tool_call_id: string;
    readonly arguments?: Readonly<Record<string, unknown>>;
  };
  /** The function has returned, or was cancelled. */
  "llm-function-call-stopped": {
    readonly function_name?: string;
    readonly tool_call_id: string;
    readonly cancelled: boolean;
    readonly result?: unknown;
  };
  /** Replaced by the three messages above. */
  "llm-function-call": {
    readonly function_name: string;
    readonly tool_call_id: string;
    readonly args: Readonly<Record<string, unknown>>;
  };
  /** How long services took, and what they used. */
  "metrics": Metrics;
  /** How loud the user is, from 0 to 1. */
  "user-audio-level": { readonly value: number };
  /** How loud the bot is, from 0 to 1. */
  "bot-audio-level": { readonly value: number };
  /** A line for the client's log. */
  "system-log": TextData;
  /** A request to the user interface. */
  "ui-command": { readonly command: string; readonly payload?: unknown };
  /** What happened to a group of jobs. */
  "ui-job-group": JobGroup;
}
