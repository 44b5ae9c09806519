/**
 * Why nobody can listen on a port, in the runner's words.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";

/** Turns a host's error into one that says what is wrong with the address. */
export function listenError(
  cause: unknown,
  { hostname, port }: { readonly hostname: string; readonly port: number },
): RunnerError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE") {
    return new RunnerError("port_in_use", `Port ${port} is in use.`, { cause });
  }
  if (code === "EACCES") {
    const detail = `This user may not use port ${port}.`;
    return new RunnerError("port_not_allowed", detail, { cause });
  }
  if (cause instanceof Error && cause.name === "NotCapable") {
    const detail = `Deno may not listen on ${hostname}:${port}: run it with --allow-net.`;
    return new RunnerError("not_permitted", detail, { cause });
  }
  const detail = `This machine has no address ${hostname}.`;
  return new RunnerError("host_not_available", detail, { cause });
}
