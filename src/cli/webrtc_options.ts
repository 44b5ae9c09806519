/**
 * The options of WebRTC.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { parseIceServers } from "../core/ice_servers.ts";
import { addressOf, IP_ADDRESS, udpPortsOf } from "../core/network.ts";
import { parsePort, readList } from "./access_options.ts";
import type { Option } from "./option.ts";

const ICE_URL = /^(stun|stuns|turn|turns):.+/;

/** Those options. */
export const WEBRTC_OPTIONS: readonly Option[] = [
  {
    name: "ice-servers",
    takes: "server",
    help: "one or more STUN and TURN servers: URLs, or JSON objects",
    variable: "PIPECAT_ICE_SERVERS",
    entry: /^(stuns?:|turns?:|[{[])/,
    set: (value, before) => ({ iceServers: [...before.iceServers, ...parseIceServers(value)] }),
  },
  {
    name: "turn-urls",
    takes: "url",
    help: "one or more URLs of a coturn that shares TURN_SECRET with the runner; each call gets " +
      "its own login",
    variable: "TURN_URLS",
    entry: ICE_URL,
    set: (value, { turnUrls = [] }) => ({ turnUrls: [...turnUrls, ...parseIceUrls(value)] }),
  },
  {
    name: "udp-port",
    takes: "number",
    help: "the UDP port of all WebRTC calls, 0 for any free one; 7860-7867 takes the first free " +
      "one. Default: the number of --port, if it is free",
    variable: "PIPECAT_UDP_PORT",
    set: (value) => ({ udpPort: value.includes("-") ? parsePorts(value) : parsePort(value) }),
  },
  {
    name: "tcp-port",
    takes: "number",
    help: "a TCP port for WebRTC clients whose network blocks UDP",
    variable: "PIPECAT_TCP_PORT",
    set: (value) => ({ tcpPort: parsePort(value) }),
  },
  {
    name: "udp-ports",
    takes: "first-last",
    help: "instead of --udp-port, a range with a port for each call, such as 50000-50100",
    variable: "PIPECAT_UDP_PORTS",
    set: (value) => ({ udpPorts: parsePorts(value) }),
  },
  {
    name: "public-addresses",
    takes: "ip",
    help: "one or more IP addresses at which WebRTC clients reach this machine, if it is in a " +
      "container or behind a NAT",
    variable: "PIPECAT_PUBLIC_ADDRESSES",
    entry: IP_ADDRESS,
    set: (value, { publicAddresses }) => ({
      publicAddresses: [...publicAddresses, ...parseAddresses(value)],
    }),
  },
  {
    name: "esp32",
    help: "adapt WebRTC answers to an ESP32; needs --host",
    variable: "PIPECAT_ESP32",
    set: () => ({ esp32: true }),
  },
];

function parsePorts(value: string): readonly [number, number] {
  const ports = /^\d+-\d+$/.test(value) ? udpPortsOf(value.split("-").map(Number)) : undefined;
  if (ports) return ports;
  throw new RunnerError("usage", "Give the first and the last port, as in 50000-50100.");
}

function parseAddresses(value: string): string[] {
  return readList(value, addressOf, "Give IP addresses such as 203.0.113.5, not names.");
}

function parseIceUrls(value: string): string[] {
  const urlOf = (text: string) => ICE_URL.test(text) ? text : undefined;
  return readList(value, urlOf, "Give URLs such as turn:turn.example.com:3478.");
}
