/**
 * What Deno must allow for WebRTC. If it denies a UDP socket, that neither opens nor fails, so Deno
 * is asked beforehand.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";

/** All addresses: sockets are bound to any of this machine, and clients come from any. */
const NET = {
  permission: { name: "net" },
  flag: "--allow-net, without a list of addresses",
} as const;
/** The addresses of this machine go into answers. */
const ADDRESSES = {
  permission: { name: "sys", kind: "networkInterfaces" },
  flag: "--allow-sys=networkInterfaces",
} as const;

/**
 * Resolves where WebRTC may have its sockets; at a terminal Deno asks the user first. Hosts that know
 * no permissions allow everything.
 *
 * @throws {RunnerError} `no_udp_port` with the missing flags.
 */
export async function requirePermissions(): Promise<void> {
  if (!("Deno" in globalThis)) return;
  const missing: string[] = [];
  for (const { permission, flag } of [NET, ADDRESSES]) {
    const { state } = await Deno.permissions.request(permission);
    if (state !== "granted") missing.push(flag);
  }
  if (missing.length === 0) return;
  throw new RunnerError("no_udp_port", `WebRTC needs more permissions: ${missing.join("; and ")}.`);
}
