/**
 * Two processes on one port, on every host that has ports.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { call } from "../../src/testing/mod.ts";
import { ROOT } from "../cli/child.ts";
import { type Installed, start, tool } from "./hosts.ts";

const FIXTURES = join(ROOT, "tests/runtimes/fixtures");
const headers = { connection: "close" };

/** Adds the tests. */
export function addProcessTests(installed: () => Promise<Installed>): void {
  type Command = [program: string, args: readonly string[], folder: string];
  const inPackage = (name: "node" | "bun") => async (): Promise<Command> => {
    const { path } = await installed();
    return [tool(name), ["serve_processes.ts"], path];
  };
  const args = ["run", "-A", "--config", join(ROOT, "deno.json"), "serve_processes.ts"];
  const hosts = {
    deno: (): Promise<Command> => Promise.resolve([Deno.execPath(), args, FIXTURES]),
    node: inPackage("node"),
    bun: inPackage("bun"),
  };
  for (const [name, command] of Object.entries(hosts)) {
    Deno.test({
      name: `${name}: two processes serve on one port, one is replaced, and SIGTERM ends both`,
      ignore: Deno.build.os !== "linux",
      async fn() {
        const started = await start(...await command());
        const { url } = started;
        try {
          const pids = async () => {
            const ask = async () => await (await fetch(`${url}/pid`, { headers })).text();
            return new Set(await Promise.all(Array.from({ length: 40 }, ask)));
          };
          const before = await pids();
          const { maxSessions, processes } = await (await fetch(`${url}/readyz`)).json();
          await using caller = await call(url, { carrier: "twilio", from: "+15551234567" });
          await caller.say(new Int16Array(1600).fill(8000));
          const heard = await caller.heard.next();
          const { sessionId } = await (await fetch(`${url}/start`, { method: "POST" })).json();
          const known = await Promise.all(Array.from({ length: 8 }, async () => {
            const response = await fetch(`${url}/sessions/${sessionId}/pid`, { headers });
            return response.ok && before.has(await response.text());
          }));
          const [first = ""] = before;
          Deno.kill(Number(first), "SIGKILL");
          let after: Set<string>;
          do after = await pids().catch(() => new Set<string>()); while (
            after.size < 2 || after.has(first)
          );

          assert.deepEqual([before.size, maxSessions, processes], [2, 9, 2]);
          assert.equal(heard.done, false);
          assert.ok(known.every(Boolean));
        } finally {
          assert.equal(await started.stop("SIGTERM"), 0);
        }
      },
    });
  }
}
