/**
 * Serves a bot with Deno: HTTP, WebSockets, WebRTC and the page at `/client/`; with its own server,
 * or within yours.
 *
 * @module
 */
export { type DenoMount, mount } from "./deno_mount.ts";
export { serve } from "./deno_server.ts";
export { kvFleet } from "./deno_fleet.ts";
export { kvStore } from "./deno_store.ts";
export type { KvAtomicLike, KvEntryLike, KvLike, KvListLike } from "./kv.ts";
export { fileFolder } from "./files.ts";
export { type ProcessesOptions, serveProcesses } from "./processes/serve_processes.ts";
export type { Mounted } from "./mounted.ts";
export type { RunnerServer } from "./server.ts";
export type { MountOptions, ServeOptions } from "./serve_options.ts";
