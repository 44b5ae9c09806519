/**
 * WebRTC peers on werift, for runtimes with UDP sockets.
 *
 * Importing this module is cheap: werift is loaded by `prepare()` or by the first offer, and the Opus
 * codec, in some 20 ms, once that is answered. What else the first call waits for, code that has
 * never run, is gone through by `rehearse()`; it takes memory that an idle process does without.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import type * as Werift from "werift";
import { loadOpus, type Opus } from "../../audio/opus.ts";
import { loadOnce } from "../../core/load_once.ts";
import type { IceServerSource } from "../../core/ice_servers.ts";
import type { IceServer, PeerFactory } from "../../core/peer.ts";
import { createIceServers } from "./ice_servers.ts";
import { type PeerSettings, WeriftPeer } from "./peer.ts";
import { sharedPortOf } from "./shared_port/options.ts";
import type { SharedPort } from "./shared_port/shared_port.ts";
import { requirePermissions } from "./permissions.ts";
import { rehearse } from "./rehearsal.ts";
import { repairUdp } from "./udp.ts";

/** How to reach clients. Every field has a default. */
export interface WeriftOptions {
  /**
   * STUN and TURN servers to find addresses with, or a function that returns them for each offer,
   * within 2 s: every URL of every server is asked. An answer waits for them at most 500 ms, and
   * not for those that failed last time. Failures are logged. Default: none.
   */
  readonly iceServers?: readonly IceServer[] | IceServerSource;
  /** Reduces answers to what an ESP32 understands. */
  readonly esp32?: boolean;
  /** With `esp32`: the address of this machine that the device can reach. */
  readonly host?: string;
  /**
   * First and last UDP port to use; each call needs one for every address of this machine, and one
   * for every TURN server over UDP.
   */
  readonly udpPorts?: readonly [number, number];
  /**
   * One UDP port for all calls: this one, or the first free one of a range; 0 takes any. It is open
   * while there are calls. TURN over UDP uses additional ports. Default: each call has its own.
   */
  readonly udpPort?: number | readonly [first: number, last: number];
  /** A TCP port for clients whose network blocks UDP; 0 takes any free one. Default: none. */
  readonly tcpPort?: number;
  /** Replaces both, for code that opens the ports before the first call. */
  readonly sharedPort?: SharedPort;
  /** IP addresses under which clients reach the ports, besides those of this machine. */
  readonly publicAddresses?: readonly string[];
  /** How long a client may take to connect, in ms. Default: 20000. */
  readonly connectTimeoutMs?: number;
  /**
   * How long a client that has pinged may send nothing at all before it counts as gone, in ms.
   * Default: 3000.
   */
  readonly pingTimeoutMs?: number;
}

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/** Makes peers with werift. */
export function weriftPeers(options: WeriftOptions = {}): PeerFactory {
  const { iceServers = [], esp32, host, udpPorts, publicAddresses = [] } = options;
  const { connectTimeoutMs = 20_000, pingTimeoutMs = 3000 } = options;
  const settings: PeerSettings = {
    iceServers: createIceServers(iceServers),
    ...(udpPorts ? { udpPorts } : {}),
    sharedPort: options.sharedPort ?? sharedPortOf(options),
    publicAddresses,
    esp32: esp32 ? { host } : undefined,
    connectTimeoutMs,
    pingTimeoutMs,
  };
  let loadedOpus: Opus | undefined;
  let rehearsal: Promise<void> | undefined;
  const load = loadOnce(async () => {
    const [werift, { createVideo }] = await Promise.all([loadWerift(), import("./video/video.ts")]);
    return { werift, opus, createVideo };
  });
  const opus = (): Opus => {
    if (!loadedOpus) throw new TypeError("Media has begun before Opus was loaded");
    return loadedOpus;
  };
  const haveOpus = loadOnce(async () => loadedOpus = await loadOpus());

  const answer: PeerFactory["answer"] = async (id, sdp, { mediaAfter, sessionId } = {}) => {
    const about = sessionId === undefined ? {} : { sessionId };
    const peer = new WeriftPeer(id, await load(), settings, about);
    const answered = Promise.withResolvers<void>();
    peer.hold(Promise.all([answered.promise.then(haveOpus), mediaAfter]));
    try {
      return { peer, sdp: await peer.answer(sdp) };
    } catch (error) {
      peer.close();
      throw error;
    } finally {
      answered.resolve(); // the client need not wait for Opus before it connects
    }
  };
  const goThrough = async () => {
    const stack = await load();
    await haveOpus();
    // Without asking servers, and on no port of a range, each of which may be taken.
    const { udpPorts: _, ...alone } = { ...settings, iceServers: createIceServers([]) };
    await rehearse(stack.werift, async (offer) => {
      const peer = new WeriftPeer("rehearsal", stack, alone);
      await peer.answer(offer).finally(() => peer.close());
      await peer[Symbol.asyncDispose]();
    });
  };
  return {
    answer,
    async prepare() {
      await load();
    },
    rehearse: () =>
      rehearsal ??= goThrough().catch((error) =>
        logger.warn("The rehearsal of a call failed: {error}", { error })
      ),
  };
}

async function loadWerift(): Promise<typeof Werift> {
  await requirePermissions();
  // A package below werift needs it, and imports it too late where Bun has bundled both.
  await import("reflect-metadata");
  const werift = await import("werift");
  repairUdp(werift);
  await werift.RTCDtlsTransport.SetupCertificate();
  return werift;
}
