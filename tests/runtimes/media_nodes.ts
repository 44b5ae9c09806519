/**
 * A Worker in front of media nodes, all of them real: workerd forwards to two processes of Deno.
 */
import assert from "node:assert/strict";
import { ownerName } from "../../src/nodes/self_routing_id.ts";
import { callTrickled, post, type TrickledCall } from "../webrtc/trickle.ts";
import { MOST_BYTES } from "./fixtures/store.ts";
import { hearsItself } from "./contract/webrtc.ts";
import { type Installed, serveEdge, serveInFront, serveMediaNode } from "./hosts.ts";

const SECRET = "a secret of the runners under test";
const CALLS = 4;

/** Registers the tests. */
export function addMediaNodeTests(installed: () => Promise<Installed>): void {
  Deno.test("workers: sessions that Deno has are signaled through a Worker", async (t) => {
    const place = await installed();
    await using one = await serveMediaNode(SECRET);
    await using two = await serveMediaNode(SECRET);
    await using edge = await serveEdge(place, [one.url, two.url], SECRET);
    const { url } = edge;
    const calls = await Promise.all(Array.from({ length: CALLS }, () => callTrickled(url)));
    const owners = Map.groupBy(calls, ({ sessionId }) => sessionId.slice(0, 12));
    const [lost = [], kept = []] = owners.values();

    await t.step("each node has half of the sessions, and no candidate was lost", () => {
      assert.deepEqual([lost.length, kept.length], [CALLS / 2, CALLS / 2]);
      for (const { patched, sessionId, pcId } of calls) {
        assert.ok(patched.length > 1 && patched.every((status) => status === 200), `${patched}`);
        assert.equal(pcId.slice(3, 15), sessionId.slice(0, 12));
      }
    });

    await t.step("callers hear themselves", async () => {
      const [first, last] = [calls[0]!, calls[CALLS - 1]!];
      const heard = await Promise.all([first, last].map(({ client }) => hearsItself(client)));

      assert.deepEqual(heard, [true, true]);
    });

    await t.step("a user's route is answered by the process that has the bot", async () => {
      for (const { sessionId } of calls) {
        const answer = await (await fetch(`${url}/sessions/${sessionId}/hello`)).json();

        assert.deepEqual(answer, { session: sessionId, body: {}, running: true });
      }
    });

    await t.step(
      "WebSockets and uploads get there, too, through a Worker, Node and Bun",
      async () => {
        const { sessionId } = calls[0]!;
        const nodes = [one.url, two.url];
        await using node = await serveInFront("node", place, nodes, SECRET);
        await using bun = await serveInFront("bun", place, nodes, SECRET);

        const fronts = [url, node.url, bun.url];
        const heard = await Promise.all(fronts.map((front) => echoed(front, sessionId)));

        const uploads = fronts.map((front) => uploaded(`${front}/sessions/${sessionId}/files`));

        assert.deepEqual(heard, fronts.map(() => [sessionId, "hello"]));
        assert.deepEqual(await Promise.all(uploads), fronts.map(() => [200, 413]));
      },
    );

    await t.step("a changed id is a 404, and a way past the Worker a 403", async () => {
      const { sessionId, pcId } = calls[0]!;
      const changed = sessionId.slice(0, -1) + (sessionId.endsWith("0") ? "1" : "0");
      const patch = { pc_id: pcId, candidates: [] };

      const statuses = await Promise.all([
        status(`${url}/sessions/${changed}/api/offer`, "PATCH", patch),
        status(`${url}/api/offer`, "PATCH", { ...patch, pc_id: `${pcId.slice(0, -1)}x` }),
        status(`${one.url}/sessions/${sessionId}/api/offer`, "PATCH", patch),
        status(`${one.url}/start`, "POST", {}),
      ]);

      assert.deepEqual(statuses, [404, 404, 403, 403]);
    });

    await t.step(
      "a node dies: its sessions are gone, the others and new ones are not",
      async () => {
        const name = await ownerName(one.url);
        const [dead, alive] = lost[0]?.sessionId.startsWith(name) ? [lost, kept] : [kept, lost];
        await one[Symbol.asyncDispose]();

        const patch = ({ sessionId, pcId }: TrickledCall) =>
          status(`${url}/sessions/${sessionId}/api/offer`, "PATCH", {
            pc_id: pcId,
            candidates: [],
          });
        const gone = await Promise.all(dead.map(patch));
        const there = await Promise.all(alive.map(patch));
        const again = await Promise.all([callTrickled(url), callTrickled(url)]);
        calls.push(...again);
        const talking = [...again, alive[0]!];
        const heard = await Promise.all(talking.map(({ client }) => hearsItself(client)));

        assert.ok(gone.every((code) => code === 410), `${gone}`);
        assert.ok(there.every((code) => code === 200), `${there}`);
        assert.deepEqual(heard, [true, true, true]);
        assert.ok(again.every(({ patched }) => patched.every((code) => code === 200)));
      },
    );

    await Promise.all(calls.map(({ client }) => client.close()));
  });
}

/** What a user's WebSocket below a session says, and says back. */
async function echoed(url: string, sessionId: string): Promise<unknown[]> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/sessions/${sessionId}/echo`);
  const heard: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.onerror = () => reject(new Error(`${url} refused the WebSocket`));
    socket.onmessage = ({ data }) => {
      heard.push(data);
      if (heard.length === 1) socket.send("hello");
      else resolve();
    };
  });
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  return heard;
}

/** What becomes of a file that is as large as it may be, and of a larger one. */
async function uploaded(url: string): Promise<number[]> {
  const statuses = [MOST_BYTES, MOST_BYTES + 1].map(async (bytes) => {
    const body = new FormData();
    body.append("file", new Blob([new Uint8Array(bytes)]), "zeros.bin");
    const response = await fetch(url, { method: "POST", body });
    await response.body?.cancel();
    return response.status;
  });
  return await Promise.all(statuses);
}

async function status(url: string, method: string, body: unknown): Promise<number> {
  const response = await post(url, method, body);
  await response.body?.cancel();
  return response.status;
}
