/** The baseline: the least that Deno and Hono can be. Usage: bare_server.ts PORT */
import { Hono } from "hono";

const app = new Hono()
  .get("/status", (c) => c.json({ status: "ready" }))
  .post("/start", async (c) => {
    await c.req.json();
    return c.json({ sessionId: crypto.randomUUID() });
  });
Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen() {} }, app.fetch);
