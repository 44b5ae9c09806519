/**
 * The runners that share a secret: those in front, and the media nodes that have the sessions.
 *
 * @module
 */
import type { Environment } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import type { Fleet } from "../core/fleet.ts";

/** Fewer characters could be guessed. */
const SHORTEST_SECRET = 16;

/** Where WebRTC sessions run, when it is not only here. */
export interface MediaNetworkOptions {
  /**
   * The secret that a runner with `mediaNodes` shares with them, and a process with the others of its
   * `fleet`, of 16 characters at least; false is none. Default: `RUNNER_SECRET` in the environment. A
   * runner with a secret and neither of them is a media node: it serves nothing but what another runner
   * has forwarded, and its health. No Worker is one.
   */
  readonly secret?: string | false;
  /**
   * The origins of the runners that have the WebRTC sessions, such as `https://media1.example.com`.
   * This one forwards to them, and needs no WebRTC itself. It needs a `secret`.
   */
  readonly mediaNodes?: readonly string[];
  /**
   * The equal processes that this one is one of: each takes sessions, and what belongs to another's goes
   * there. It needs `advertise` and a `secret`, and a `store` that all of them share. Default: the
   * process is alone.
   */
  readonly fleet?: Fleet;
  /**
   * The origin under which the other processes of the `fleet` reach this one, such as
   * `http://10.0.0.7:7860`. Default: none; a `fleet` needs it.
   */
  readonly advertise?: string;
}

/**
 * The secret of a runner's media network; undefined where it is in none.
 *
 * @throws {RunnerError} `no_secret` when there are others and no secret to share with them,
 * `bad_option` when the secret has fewer than 16 characters.
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

/** What {@link networkSecret} looks at. */
export interface NetworkOptions extends MediaNetworkOptions {
  readonly environment?: Environment;
  /** The path below which the runner serves. Default: none. */
  readonly basePath?: string;
}

/** The error for a session whose process has forgotten it or is gone. The client must start again. */
export function sessionGone(): RunnerError {
  return new RunnerError("session_gone", "The session is gone. Start a new one.");
}
