/**
 * WebRTC peers on werift, for the runtimes that have UDP sockets.
 *
 * Importing this module is cheap: werift is loaded by `prepare()` or by the first offer, and the Opus
 * codec, in some 20 ms, by the first offer. A call to oneself would make the first call some 50 ms
 * faster still, and the idle process 14 MB larger.
 *
 * @module
 */
import type * as Werift from "werift";
import { loadOpus } from "../audio/opus.ts";
import { loadOnce } from "../core/load_once.ts";
import type { IceServer, PeerFactory } from "../core/peer.ts";
import { createIceServers } from "./ice_servers.ts";
import type { Stack } from "./media.ts";
import { type PeerSettings, WeriftPeer } from "./peer.ts";
import { repairUdp } from "./udp.ts";

/** How to reach clients. Every field has a default. */
export interface WeriftOptions {
  /**
   * STUN and TURN servers to find addresses with: every URL of every server is asked. An answer waits
   * for them for at most 500 ms, and not for those that were of no use the last time. What cannot be
   * used is logged. Default: none.
   */
  readonly iceServers?: readonly IceServer[];
  /** Reduces answers to what an ESP32 understands. */
  readonly esp32?: boolean;
  /** With `esp32`: the address of this machine that the device can reach. */
  readonly host?: string;
  /**
   * First and last UDP port to use; each call needs one for every address of this machine, and one
   * for every TURN server over UDP.
   */
  readonly portRange?: readonly [number, number];
  /** IP addresses under which clients reach the ports, besides those of this machine. */
  readonly publicAddresses?: readonly string[];
  /** How long a client may take to connect, in ms; 60 000 unless given. */
  readonly connectTimeoutMs?: number;
  /**
   * How long a client that has pinged may send nothing at all before it counts as gone, in ms.
   * Default: 3000.
   */
  readonly pingTimeoutMs?: number;
}

/** Makes peers with werift. */
export function weriftPeers(options: WeriftOptions = {}): PeerFactory {
  const { iceServers = [], esp32, host, portRange, publicAddresses = [] } = options;
  const { connectTimeoutMs = 60_000, pingTimeoutMs = 3000 } = options;
  const settings: PeerSettings = {
    iceServers: createIceServers(iceServers),
    ...(portRange ? { portRange } : {}),
    publicAddresses,
    esp32: esp32 ? { host } : undefined,
    connectTimeoutMs,
    pingTimeoutMs,
  };
  const prepare = loadOnce(loadWerift);
  const load = loadOnce(() => loadStack(prepare()));
  return {
    async prepare() {
      await prepare();
    },
    async answer(id, sdp, { mediaAfter, sessionId } = {}) {
      const about = sessionId === undefined ? {} : { sessionId };
      const peer = new WeriftPeer(id, await load(), settings, about);
      if (mediaAfter) peer.hold(mediaAfter);
      try {
        return { peer, sdp: await peer.answer(sdp) };
      } catch (error) {
        peer.close();
        throw error;
      }
    },
  };
}

async function loadWerift(): Promise<typeof Werift> {
  const werift = await import("werift");
  repairUdp(werift);
  await werift.RTCDtlsTransport.SetupCertificate();
  return werift;
}

async function loadStack(loading: Promise<typeof Werift>): Promise<Stack> {
  const [werift, opus] = await Promise.all([loading, loadOpus()]);
  return { werift, opus };
}
