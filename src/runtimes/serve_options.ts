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

/** Where a server listens by default. */
export const DEFAULT_HOST = "localhost";

/** Settings of `mount`; every one has a default. */
export interface MountOptions extends RunnerOptions {
  /**
   * The one UDP port of all WebRTC calls: this one, or the first free one of a range, for several
   * processes on one machine; 0 takes any. With `false`, or with only `udpPorts`, each call has its
   * own ports. Default: with `serve` the number of its `port` if that is free, else `false`.
   */
  readonly udpPort?: number | readonly [first: number, last: number] | false;
  /**
   * A TCP port for WebRTC clients whose network blocks UDP; 0 takes any free one. It cannot be the
   * HTTP port. Default: none.
   */
  readonly tcpPort?: number;
  /**
   * The first and the last UDP port, from 1 to 65535, for calls that have their own ports, and for
   * TURN. Default: any.
   */
  readonly udpPorts?: readonly [number, number];
  /**
   * The IP addresses at which the world reaches the UDP ports, for a container or a machine that
   * does not have them itself. WebRTC answers name them besides the machine's own. Default: none.
   */
  readonly publicAddresses?: readonly string[];
  /** More ways, which come before the host's. Default: none. */
  readonly ways?: readonly MakeWay[];
  /**
   * Serves Prometheus metrics at `/metrics` to requests with this token, of 16 characters or more,
   * as `Authorization: Bearer`. Default: false.
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
   * Shares `port` with other processes of this machine (SO_REUSEPORT, on Linux), and also listens
   * on this port, at which only this process is reached, as its `advertise` tells the fleet: on
   * 127.0.0.1 if that names it, else on `hostname`. Default: the port is not shared.
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

/** The parsers of a mounted runner's options. */
export const MOUNT_OPTIONS: OptionParsers<MountOptions> = {
  ...runnerOptions(),
  udpPort: orFalse((value, name) => Array.isArray(value) ? ports(value, name) : port(value, name)),
  tcpPort: port,
  udpPorts: ports,
  publicAddresses: listOf(readBy(addressOf, "an IP address such as 203.0.113.5")),
  ways: listOf(functionOf("a function that makes a way in")),
  metricsToken: orFalse(text),
};

/** The parsers of a server's options. */
export const SERVE_OPTIONS: OptionParsers<ServeOptions> = {
  ...MOUNT_OPTIONS,
  hostname: text,
  port,
  ownPort: port,
  esp32: flag,
};
