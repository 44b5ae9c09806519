/**
 * What a command-line option is, and what options set.
 *
 * @module
 */
import type { TransportName } from "../core/bot.ts";
import type { Limits } from "../sessions/limits.ts";
import type { IceServer } from "../core/peer.ts";
import type { TelephonyTransportName } from "../core/transport_names.ts";
import type { DailyOptions } from "../runner_options.ts";
import type { DialPrefixes } from "../ways/phone/destination.ts";

/** How a line of the log is written. */
export type LogFormat = "text" | "json";

/** The carriers that are on without a proof: those that are named, or all. */
export type InsecureCarriers = boolean | readonly TelephonyTransportName[];

/** What the options set. */
export interface Settings {
  /** What to print instead of running. */
  readonly print?: "help" | "version";
  readonly hostname: string;
  readonly port: number;
  readonly transport?: TransportName;
  /** Set to join a Daily room at once, with no server; the transport is `daily` then. */
  readonly direct?: true;
  /** How Daily's rooms are used, if given. */
  readonly daily?: DailyOptions;
  /** Set to take WhatsApp calls. */
  readonly whatsapp?: true;
  readonly publicUrl?: string;
  /** Set in a container on Pipecat Cloud. */
  readonly pipecatCloud?: true;
  /** The path below which all is served. */
  readonly basePath?: string;
  readonly folder?: string;
  /** The folder for clients' uploads. */
  readonly uploadsFolder?: string;
  /** How many files it keeps; 0 for all. */
  readonly uploadsFolderMaxFiles?: number;
  /** The file with the body of sessions that bring none. */
  readonly runnerBodyFile?: string;
  /** Who may run evals, if given. */
  readonly evals?: boolean;
  readonly iceServers: readonly IceServer[];
  /** The URLs of a coturn that shares a secret with the runner. */
  readonly turnUrls?: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly mediaNodes?: readonly string[];
  /** How many processes serve on the one port. */
  readonly processes?: number;
  /** Where the store is that runners on several machines share. */
  readonly storeUrl?: string;
  /** The origin under which the other runners of the store reach this one. */
  readonly advertise?: string;
  readonly fleetMaxSessions?: number;
  readonly wsAuth?: "token" | false;
  readonly insecureCarriers?: InsecureCarriers;
  readonly startToken?: string;
  /** Prefixes of the numbers that may be called, if given. */
  readonly dialPrefixes?: DialPrefixes;
  readonly trustProxy?: true;
  readonly esp32: boolean;
  /** The UDP port of all calls, or those of which the first that is free is it. */
  readonly udpPort?: number | readonly [number, number];
  readonly tcpPort?: number;
  readonly udpPorts?: readonly [number, number];
  readonly limits: Limits;
  /** How long SIGTERM waits for sessions to end, in ms. */
  readonly drainMs: number;
  readonly publicAddresses: readonly string[];
  /** How the log is written. */
  readonly log: LogFormat;
  /** The token for the metrics, if they are on. */
  readonly metricsToken?: string;
  /** The folder that sessions are recorded in. */
  readonly record?: string;
  /** Whether recordings name the numbers of phone calls. */
  readonly recordNumbers?: boolean;
  /** Set to open the page in a browser. */
  readonly open?: true;
  /** Whether a bot whose code has changed is loaded again. */
  readonly watch?: boolean;
  /** How often `-v` was given. */
  readonly verbose: number;
}

/** An option. */
export type Option = OptionForm & OptionVariable;

/** Options that belong together, in the order of the help. */
export interface OptionGroup {
  /** Their heading. */
  readonly title: string;
  readonly options: readonly Option[];
}

/** What an option is on the command line. */
export interface OptionForm {
  readonly name: string;
  /** Its letter. */
  readonly short?: string;
  /**
   * What its value is called in the help. An option without takes no value; one with an `entry` takes
   * any number.
   */
  readonly takes?: string;
  readonly help: string;
  /**
   * Set if several values may follow: what each looks like, so that the list ends at the bot file.
   */
  readonly entry?: RegExp;
  /**
   * Returns what a value changes in the settings.
   *
   * @throws {RunnerError} `usage`, saying what to give instead, or another code with a complete
   * message.
   */
  set(value: string, before: Settings): Partial<Settings>;
}

/** An option's environment variable. */
export type OptionVariable =
  | {
    /** The variable with its value; for an option without one, `true` or `false`. */
    readonly variable: string;
    /** Whether `false` means the option, which takes no value, and `true` its opposite. */
    readonly opposite?: true;
  }
  | {
    /** Why it has no variable. */
    readonly noVariable: string;
  };
