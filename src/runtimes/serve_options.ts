/**
 * The options of a runner that listens, or that a server of one's own hands requests to.
 *
 * @module
 */
import { addressOf, LAST_PORT, portOf, udpPortsOf } from "../core/network.ts";
import {
  badOption,
  flag,
  listOf,
  type OptionParser,
  type OptionParsers,
  orFalse,
} from "../core/options.ts";
import { readBy } from "../core/origin.ts";
import { functionOf, text } from "../core/spelled_options.ts";
import { runnerOptions } from "../host_options.ts";
import type { RunnerOptions } from "../runner_options.ts";
import type { MakeWay } from "../ways/way.ts";

/** Where a server listens that is not told. */
export const DEFAULT_HOST = "localhost";

/** Settings of `mount`; every one has a default. */
export interface MountOptions extends RunnerOptions {
  /**
   * The one UDP port of all WebRTC calls: this one, or the first of a range that is free, as several
   * processes on one machine need it; 0 takes any. With `false`, or with `udpPorts` alone, each call has
   * ports of its own. Default: with `serve` the number of its `port` where that is free, else `false`.
   */
  readonly udpPort?: number | readonly [first: number, last: number] | false;
  /**
   * A TCP port for WebRTC calls of clients whose network lets no UDP through; 0 takes any that is free.
   * It cannot be that of HTTP. Default: none.
   */
  readonly tcpPort?: number;
  /**
   * The first and the last UDP port, from 1 to 65535, for calls that have ports of their own, and for
   * TURN. Default: any.
   */
  readonly udpPorts?: readonly [number, number];
  /**
   * The IP addresses under which the world reaches the UDP ports, for a container or a machine that
   * does not have them itself. WebRTC answers name them besides those of the machine. Default: none.
   */
  readonly publicAddresses?: readonly string[];
  /** Further ways in, which come before those of the host. Default: none. */
  readonly ways?: readonly MakeWay[];
  /**
   * Turns on metrics for Prometheus at `/metrics`, for those who bring this token, of 16 characters or
   * more, as `Authorization: Bearer`. Default: false.
   */
  readonly metricsToken?: string | false;
}

/** Settings of `serve`; every one has a default. */
export interface ServeOptions extends MountOptions {
  /** The name or address to listen on. Default: localhost. */
  readonly hostname?: string;
  /** The port to listen on; 0 takes any free one. Default: 7860. */
  readonly port?: number;
  /**
   * Shares `port` with other processes of this machine (SO_REUSEPORT, on Linux), and listens on this port
   * as well, at which this process alone is reached, as its `advertise` says to the fleet: on 127.0.0.1
   * where that names it, else on `hostname`. Default: the port is not shared.
   */
  readonly ownPort?: number;
  /**
   * Puts `hostname`, an IP address, into the SDP of WebRTC answers, as an ESP32 needs it.
   * Default: false.
   */
  readonly esp32?: boolean;
}

const port: OptionParser<number> = (value, name) => {
  const port = portOf(value);
  if (port === undefined) throw badOption(name, `a whole number from 0 to ${LAST_PORT}`, value);
  return port;
};

const ports: OptionParser<readonly [number, number]> = (value, name) => {
  const ports = Array.isArray(value) ? udpPortsOf(value) : undefined;
  if (ports) return ports;
  const takes = `the first and the last port, from 1 to ${LAST_PORT}, such as [50000, 50100]`;
  throw badOption(name, takes, value);
};

/** The parsers of what a mounted runner takes. */
export const MOUNT_OPTIONS: OptionParsers<MountOptions> = {
  ...runnerOptions(),
  udpPort: orFalse((value, name) => Array.isArray(value) ? ports(value, name) : port(value, name)),
  tcpPort: port,
  udpPorts: ports,
  publicAddresses: listOf(readBy(addressOf, "an IP address such as 203.0.113.5")),
  ways: listOf(functionOf("a function that makes a way in")),
  metricsToken: orFalse(text),
};

/** The parsers of what a server takes. */
export const SERVE_OPTIONS: OptionParsers<ServeOptions> = {
  ...MOUNT_OPTIONS,
  hostname: text,
  port,
  ownPort: port,
  esp32: flag,
};
