/**
 * `GET /readyz` of several processes as that of one: ready as long as one of them is, for whoever cannot be
 * taken by the one that he meets is taken by another.
 *
 * @module
 */
import type { Fleet } from "../../core/fleet.ts";
import type { Feature } from "../../features/feature.ts";

/**
 * Makes it a feature of a process.
 *
 * @param ownPort The port at which the process is asked about itself alone.
 */
export function sharedHealth(fleet: Fleet, ownPort: number): Feature {
  return {
    name: "health of all processes",
    async request(request, answer) {
      const response = await answer();
      const { pathname, port } = new URL(request.url);
      if (!pathname.endsWith("/readyz") || request.method !== "GET" || port === `${ownPort}`) {
        return response;
      }
      const own = await response.json();
      const nodes = await fleet.nodes().catch(() => []);
      const ready = response.ok || nodes.some(({ ready }) => ready);
      const sum = (of: "sessions" | "promised" | "maxSessions") =>
        nodes.reduce((sum, node) => sum + node[of], 0);
      const maxSessions = sum("maxSessions");
      return Response.json({
        ...own,
        status: ready ? "ready" : own.status,
        sessions: sum("sessions"),
        promised: sum("promised"),
        ...(Number.isFinite(maxSessions) ? { maxSessions } : {}),
        processes: nodes.length,
      }, { status: ready ? 200 : 503, headers: response.headers });
    },
  };
}
