/**
 * Runners that share a secret: those in front, and the media nodes that have the sessions.
 *
 * @module
 */
import type { Environment } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import type { Fleet } from "../core/fleet.ts";

/** Fewer characters could be guessed. */
const SHORTEST_SECRET = 16;

/** Where WebRTC sessions run, if not only here. */
export interface MediaNetworkOptions {
  /**
   * The secret, of at least 16 characters, that a runner shares with its `mediaNodes`, or a process
   * with the others of its `fleet`; false means none. Default: `RUNNER_SECRET` in the environment.
   * A runner with a secret and neither of these is a media node: it serves only what another runner
   * forwards, and its health. A Worker is never a media node.
   */
  readonly secret?: string | false;
  /**
   * The origins of the runners that hold the WebRTC sessions, such as `https://media1.example.com`.
   * This runner forwards to them, and needs no WebRTC itself. Needs a `secret`.
   */
  readonly mediaNodes?: readonly string[];
  /**
   * The equal processes that this one belongs to: each takes sessions, and passes on what belongs
   * to another. Needs `advertise`, a `secret`, and a `store` that all of them share. Default: the
   * process is alone.
   */
  readonly fleet?: Fleet;
  /**
   * The origin at which the other processes of the `fleet` reach this one, such as
   * `http://10.0.0.7:7860`. Default: none; a `fleet` needs it.
   */
  readonly advertise?: string;
  /**
   * The most sessions at one time of all processes of the `fleet` together, promised ones included.
   * `limits.maxSessions` applies to each process, in addition. Default: false.
   */
  readonly fleetMaxSessions?: number | false;
}

/**
 * The secret of a runner's media network; undefined if it has none.
 *
 * @throws {RunnerError} `no_secret` if there are others but no shared secret, `bad_option` if the
 * secret has fewer than 16 characters.
 */
export function networkSecret(
  { secret, mediaNodes = [], fleet, environment = {} }: NetworkOptions,
): string | undefined {
  const known = (secret ?? environment.RUNNER_SECRET) || undefined;
  if (known === undefined && mediaNodes.length > 0) {
    const detail = "Media nodes need a secret that they share with this runner: RUNNER_SECRET.";
    throw new RunnerError("no_secret", detail);
  }
  if (known === undefined && fleet) {
    const detail = "The processes of a fleet need a secret that they share: RUNNER_SECRET.";
    throw new RunnerError("no_secret", detail);
  }
  if (known !== undefined && known.length < SHORTEST_SECRET) {
    const detail =
      `The secret (RUNNER_SECRET) needs at least ${SHORTEST_SECRET} characters; openssl rand -hex 32 makes one.`;
    throw new RunnerError("bad_option", detail);
  }
  return known;
}

/** What {@link networkSecret} reads. */
export interface NetworkOptions extends MediaNetworkOptions {
  readonly environment?: Environment;
  /** The path below which the runner serves. Default: none. */
  readonly basePath?: string;
}

/** The error for a session whose process has forgotten it or is gone. The client must start again. */
export function sessionGone(): RunnerError {
  return new RunnerError("session_gone", "The session is gone. Start a new one.");
}
