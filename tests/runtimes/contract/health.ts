/**
 * What a load balancer asks.
 */
import assert from "node:assert/strict";
import type { Checks } from "./mod.ts";

/** Liveness and readiness. */
export const HEALTH: Checks = {
  "GET /livez is 200 and not to be cached": async (url) => {
    const response = await fetch(`${url}/livez`);

    assert.deepEqual([response.status, await response.json()], [200, { status: "live" }]);
    assert.equal(response.headers.get("cache-control"), "no-store");
  },

  "GET /readyz is 200 and tells the load": async (url) => {
    const response = await fetch(`${url}/readyz`);

    const { status, sessions, promised } = await response.json();
    assert.deepEqual([response.status, status], [200, "ready"]);
    assert.ok(Number.isInteger(sessions) && Number.isInteger(promised));
  },

  "a load balancer may ask by HEAD, and nothing else": async (url) => {
    const head = await fetch(`${url}/readyz`, { method: "HEAD" });
    const post = await fetch(`${url}/readyz`, { method: "POST" });
    await post.body?.cancel();

    assert.deepEqual([head.status, post.status], [200, 405]);
  },
};
