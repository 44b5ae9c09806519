/**
 * The WebRTC stack, for runners made with `createRunner`: `serve` and `mount` bring it themselves.
 * It needs UDP sockets, as Deno, Node and Bun have them.
 *
 * @example
 * ```ts
 * import { createRunner } from "@pipecat/runner";
 * import { weriftPeers } from "@pipecat/runner/webrtc";
 *
 * const runner = createRunner(() => {}, { webrtc: weriftPeers(), basePath: "/voice" });
 * const started = await runner.fetch(new Request("http://localhost/voice/start", { method: "POST" }));
 * console.log(await started.json()); // { sessionId: "…" }
 * await runner.close();
 * ```
 *
 * @module
 */
export { type WeriftOptions, weriftPeers } from "./werift.ts";
export { createSharedPort, type SharedPort, type WantedPorts } from "./shared_port/shared_port.ts";
export type { IceServerSource } from "../../core/ice_servers.ts";
export type { IceServer, Peer, PeerFactory } from "../../core/peer.ts";
