import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Runs a program in a process of its own; returns how long it went on after it was done, in ms. */
async function afterlife(program: string): Promise<number> {
  const folder = dirname(fileURLToPath(import.meta.url));
  const text = `
    import { weriftPeers } from ${JSON.stringify(join(folder, "../../src/ways/webrtc/werift.ts"))};
    import { connect, createClient } from ${JSON.stringify(join(folder, "client.ts"))};
    ${program}
    console.log("done " + Date.now());
  `;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", `--config=${join(folder, "../../deno.json")}`, text],
    signal: AbortSignal.timeout(30_000),
  }).output();
  const exitedAt = Date.now();
  const [, doneAt] = /done (\d+)/.exec(new TextDecoder().decode(stdout)) ?? [];
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return exitedAt - Number(doneAt);
}

Deno.test("a process ends by itself after its calls", async () => {
  const ms = await afterlife(`
    const peers = weriftPeers();
    let peer;
    const client = await connect(async (offer) => {
      const answered = await peers.answer("a", offer);
      peer = answered.peer;
      return answered.sdp;
    });
    await peer.ready;
    peer.close();
    await client.close();
  `);

  assert.ok(ms < 1500, `${ms} ms`);
});

Deno.test("a process ends by itself after a call that was never taken up", async () => {
  const ms = await afterlife(`
    const client = await createClient();
    const { peer } = await weriftPeers().answer("a", await client.offer());
    peer.close();
    await client.close();
  `);

  assert.ok(ms < 1500, `${ms} ms`);
});

Deno.test("a process that is prepared for calls ends by itself without any", async () => {
  const ms = await afterlife("await weriftPeers().prepare();");

  assert.ok(ms < 1500, `${ms} ms`);
});
