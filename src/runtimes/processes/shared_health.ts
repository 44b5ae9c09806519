/**
 * `GET /readyz` of several processes as one: ready as long as one of them is, because a full
 * process passes a request to another.
 *
 * @module
 */
import type { Fleet } from "../../core/fleet.ts";
import type { Readiness } from "../../core/load.ts";
import type { Feature } from "../../features/feature.ts";

/**
 * Why a process takes no sessions although another may; what its bot or the store says applies to
 * all.
 */
const BUSY: readonly Readiness[] = ["full", "overloaded", "draining", "closed"];

/**
 * Makes it a feature of a process. The other processes of its machine are those of the fleet at the
 * same address.
 *
 * @param advertise The origin at which the process is asked about itself alone.
 */
export function sharedHealth(fleet: Fleet, advertise: string): Feature {
  const own = new URL(advertise);
  return {
    name: "health of all processes",
    async request(request, answer) {
      const response = await answer();
      const { pathname, port } = new URL(request.url);
      if (!pathname.endsWith("/readyz") || request.method !== "GET" || port === own.port) {
        return response;
      }
      const told = await response.clone().json().catch(() => undefined);
      if (typeof told?.sessions !== "number") return response; // it is the user's own route
      const all = await fleet.nodes().catch(() => []);
      const nodes = all.filter(({ origin }) => new URL(origin).hostname === own.hostname);
      const ready = response.ok || BUSY.includes(told.status) && nodes.some(({ ready }) => ready);
      const sum = (of: "sessions" | "promised" | "maxSessions") =>
        nodes.reduce((sum, node) => sum + node[of], 0);
      const maxSessions = sum("maxSessions");
      return Response.json({
        ...told,
        status: ready ? "ready" : told.status,
        sessions: sum("sessions"),
        promised: sum("promised"),
        ...(Number.isFinite(maxSessions) ? { maxSessions } : {}),
        processes: nodes.length,
      }, { status: ready ? 200 : 503, headers: response.headers });
    },
  };
}
