/**
 * A runner within a server of somebody else's: the contract at a path, and what it leaves to the rest
 * of that server.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../cli/child.ts";
import { addTests } from "./contract/mod.ts";
import { type Installed, run, serveMounted, tool } from "./hosts.ts";

/** Everything that a server of Node or Bun can do. */
const ALL = { page: true, webrtc: true, bare: true, upgrades: true };

/** Registers the tests. */
export function addMountTests(installed: () => Promise<Installed>): void {
  addTests(
    "express on node, at a path",
    async () => await serveMounted("node", "express", await installed()),
    ALL,
  );
  addTests(
    "fastify on bun, at a path",
    async () => await serveMounted("bun", "fastify", await installed()),
    ALL,
  );

  for (const runtime of ["node", "bun"] as const) {
    Deno.test(`${runtime}: a runner within Express leaves the rest of the server alone`, async () => {
      const { path } = await installed();

      const printed = await run(tool(runtime), ["inside_express.ts"], path);

      assert.deepEqual(JSON.parse(printed), {
        page: "my own",
        plain: "my own",
        nobody: false,
        parsed: [500, "body_taken"],
        kept: [200, null],
        misplaced: [500, "wrong_base_path"],
        chatting: "my own chat",
        beside: true,
        closed: 1001,
        after: [503, "closing"],
        ownAfter: "my own",
      });
    });
  }

  for (const runtime of ["deno", "bun"] as const) {
    Deno.test(`${runtime}: a runner within the host's own serve leaves the rest to it`, async () => {
      const { path } = await installed();
      const printed = runtime === "bun"
        ? await run(tool("bun"), ["inside_fetch.ts"], path)
        : await run(Deno.execPath(), [
          ...["run", "-A", "--config", join(ROOT, "deno.json")],
          join(ROOT, "tests/runtimes/fixtures/inside_fetch.ts"),
        ], ROOT);

      assert.deepEqual(JSON.parse(printed), {
        own: "my own",
        beside: "my own",
        status: "ready",
        page: true,
        address: true,
        chat: "hello",
        heard: "hello",
        closed: 1001,
        after: [503, "closing"],
        ownAfter: "my own",
      });
    });
  }

  Deno.test("node: what the host's own code does not catch ends the process, as without a runner", async () => {
    const { path } = await installed();

    await assert.rejects(run(tool("node"), ["host_rejects.ts"], path), /of the host/);
  });
}
