/**
 * What the log says of requests that fail by the runner's own fault.
 */
import assert from "node:assert/strict";
import { Hono } from "hono";
import { RunnerError } from "../../src/core/error.ts";
import type { AppEnv } from "../../src/http/env.ts";
import { createRunner } from "../../src/runner.ts";
import { warnings } from "../support/warnings.ts";

const unloadable = () => Promise.reject(new Error("no such module"));
const offer = JSON.stringify({ sdp: "v=0 offer", type: "offer" });

Deno.test("a WebRTC that cannot be loaded is told of when somebody calls", async () => {
  const runner = createRunner(() => {}, { webrtc: { answer: unloadable } });
  let status: number | undefined;

  const lines = await warnings(async () => {
    const request = new Request("http://localhost/api/offer", { method: "POST", body: offer });
    ({ status } = await runner.fetch(request));
  });
  await runner.close();

  assert.equal(status, 500);
  assert.deepEqual(lines, ["POST /api/offer failed: Error: no such module"]);
});

Deno.test("what the operator has to put right is told once, and what clients do wrong is not", async () => {
  const app = new Hono<AppEnv>()
    .get("/missing", () => {
      throw new RunnerError("package_missing", "The package cannot be loaded.");
    })
    .get("/wrong", () => {
      throw new RunnerError("bad_number", "No such number.");
    });
  const runner = createRunner(() => {}, { app });
  const ask = async (path: string) => {
    await (await runner.fetch(new Request(`http://localhost${path}`))).body?.cancel();
  };

  const lines = await warnings(async () => {
    for (const path of ["/missing", "/wrong", "/missing"]) await ask(path);
  });
  await runner.close();

  assert.deepEqual(lines, ["GET /missing failed: RunnerError: The package cannot be loaded."]);
});
