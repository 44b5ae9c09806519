/** A flood of `POST /start` harms those who flood, and nobody on the phone. */
import assert from "node:assert/strict";
import { MemorySessionStore } from "../../src/sessions/store.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { fakePeers } from "../support/fake_peers.ts";

const FLOOD = 10_050;
const CALLERS = 20;

/** Lets phones ring all through a flood; returns what each side was told. */
async function flood(options: RunnerOptions, transport = "webrtc") {
  const runner = createRunner(() => {}, { webrtc: fakePeers(), ...options });
  const post = async (path: string, body: BodyInit) => {
    const request = new Request(`http://bot.test${path}`, { method: "POST", body });
    return await runner.fetch(request, memoryPlatform());
  };
  const statuses = new Map<number, number>();
  const promised: string[] = [];
  const streams: string[] = [];
  for (let i = 0; i < FLOOD; i++) {
    const response = await post("/start", JSON.stringify({ transport }));
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    if (promised.length < 3) promised.push((await response.json()).sessionId);
    else assert.ok(response.ok || response.headers.get("retry-after"));
    if (i % Math.floor(FLOOD / CALLERS) === 0) {
      const call = new URLSearchParams({
        CallSid: `CA${i}`,
        From: `+1555${i}`,
        To: "+15550000000",
      });
      const answer = await (await post("/twilio", call)).text();
      streams.push(/\/ws\/[0-9a-f]{48}/.exec(answer)?.[0] ?? answer);
    }
  }
  return { runner, statuses, promised, streams };
}

Deno.test("10 050 starts take no token from a caller, and no promise from those who came first", async () => {
  const store = new MemorySessionStore();
  const { runner, statuses, promised, streams } = await flood({ store });

  assert.deepEqual([...statuses], [[200, 10_000], [503, 50]]);
  assert.deepEqual(streams.filter((stream) => !stream.startsWith("/ws/")), []);
  for (const id of promised) {
    const known = await runner.fetch(new Request(`http://bot.test/sessions/${id}/anything`));
    assert.equal((await known.json()).code, "not_found"); // by the user's routes, so it is known
  }
  assert.equal(store.length, 10_000 + streams.length);
  await runner.close();
});

Deno.test("one client's large starts leave room for those of others", async () => {
  const runner = createRunner(() => {}, { webrtc: fakePeers() });
  const start = async (address: string, body: BodyInit) => {
    const request = new Request("http://bot.test/start", { method: "POST", body });
    const platform = { ...memoryPlatform(), remoteAddress: () => address };
    return (await runner.fetch(request, platform)).status;
  };
  const large = JSON.stringify({ body: "x".repeat(990_000) });
  const statuses: number[] = [];
  for (let i = 0; i < 50; i++) {
    statuses.push(await start("203.0.113.7", i % 2 ? large : new Blob([large]).stream()));
  }

  assert.deepEqual([...new Set(statuses)], [200, 429]);
  assert.ok(statuses.filter((status) => status === 200).length < 3);
  assert.equal(await start("198.51.100.1", large), 200);
  await runner.close();
});

Deno.test("starts that take every place take none from a caller", async () => {
  const { runner, statuses, streams } = await flood({ limits: { maxSessions: CALLERS + 5 } });

  assert.deepEqual(streams.filter((stream) => !stream.startsWith("/ws/")), []);
  assert.ok((statuses.get(503) ?? 0) > FLOOD - 100);
  await runner.close();
});
