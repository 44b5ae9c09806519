import assert from "node:assert/strict";
import { BEAT_MS, createPaths, type Path } from "../../../src/ways/webrtc/guard/paths.ts";

interface TestPath extends Path {
  readonly name: string;
}

function newPath(name: string, priority = 1n, roundTripMs = 0): TestPath {
  return {
    name,
    priority,
    roundTripMs,
    valid: false,
    answeredAt: -Infinity,
    nomination: 0,
    wanted: false,
    heard: false,
    silentMs: 0,
  };
}

/** Paths of a call, and what was decided about them. */
function scene(...all: TestPath[]) {
  let now = 0;
  const dead = new Set<TestPath>();
  const used: string[] = [];
  const probed: string[] = [];
  const paths = createPaths<TestPath>({
    use: (path) => void used.push(path.name),
    probe: (path) => {
      probed.push(path.name);
      if (dead.has(path)) return Promise.resolve(false);
      paths.answered(path);
      return Promise.resolve(true);
    },
    all: () => all,
  }, () => now);
  for (const path of all) paths.answered(path);
  return {
    paths,
    used,
    probed,
    dead,
    /** Lets time pass, while media comes on some paths. */
    async pass(ms: number, ...heard: TestPath[]) {
      for (const until = now + ms; now < until;) {
        now += BEAT_MS;
        for (const path of heard) paths.heard(path);
        paths.beat();
        await Promise.resolve().then(() => {}); // what the probes have found out
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
  };
}

Deno.test("a later nomination is followed, whatever its priority", async () => {
  const [a, b] = [newPath("a", 9n), newPath("b", 1n)];
  const s = scene(a, b);
  s.paths.nominated(a);
  s.paths.begin(a);
  await s.pass(3000, a);

  s.paths.nominated(b);
  await s.pass(BEAT_MS, a);
  assert.equal(s.paths.chosen, b);
  await s.pass(1000, b);
  s.paths.nominated(a);
  await s.pass(BEAT_MS, a);

  assert.deepEqual(s.used, ["a", "b", "a"]);
});

Deno.test("of pairs that are all nominated at the start, the best is used", async () => {
  const [a, b, c] = [newPath("a", 5n), newPath("b", 9n), newPath("c", 1n)];
  const s = scene(a, b, c);
  for (const path of [a, b, c]) {
    s.paths.nominated(path);
    if (path === a) s.paths.begin(a);
  }
  await s.pass(2000, b);

  assert.deepEqual(s.used, ["a", "b"]);
});

Deno.test("where a client nominates a worse pair last and speaks on it, it is heard", async () => {
  const [a, b] = [newPath("a", 5n), newPath("b", 1n)];
  const s = scene(a, b);
  s.paths.nominated(a);
  s.paths.begin(a);
  s.paths.nominated(b);
  await s.pass(200, b);

  assert.deepEqual(s.used, ["a", "b"]);
});

Deno.test("a path that does not answer is not used, however often it is nominated", async () => {
  const [a, b] = [newPath("a"), newPath("b", 9n)];
  const s = scene(a, b);
  s.paths.nominated(a);
  s.paths.begin(a);
  await s.pass(3000, a);
  s.dead.add(b);
  for (let i = 0; i < 5; i++) {
    s.paths.nominated(b);
    await s.pass(500, a);
  }

  assert.equal(s.paths.chosen, a);
});

Deno.test("media on a path that was never nominated changes nothing", async () => {
  const [a, b] = [newPath("a"), newPath("b", 9n)];
  const s = scene(a, b);
  s.paths.nominated(a);
  s.paths.begin(a);
  await s.pass(3000, a, b);

  assert.deepEqual(s.used, ["a"]);
  assert.deepEqual(s.probed, []);
});

Deno.test("a path that falls silent is left within 700 ms, and taken again when it is back", async () => {
  const [a, b] = [newPath("a", 9n), newPath("b", 1n)];
  const s = scene(a, b);
  s.paths.nominated(a);
  s.paths.begin(a);
  await s.pass(5000, a);

  s.dead.add(a);
  await s.pass(700);
  assert.equal(s.paths.chosen, b);
  s.dead.delete(a);
  await s.pass(300, a, b);

  assert.deepEqual(s.used, ["a", "b", "a"]);
});

Deno.test("a client that says nothing but answers stays where it is", async () => {
  const [a, b] = [newPath("a"), newPath("b", 9n)];
  const s = scene(a, b);
  s.paths.nominated(a);
  s.paths.begin(a);
  await s.pass(30_000);

  assert.deepEqual(s.used, ["a"]);
  assert.deepEqual(new Set(s.probed), new Set(["a"]));
});

Deno.test("an answer may take as long as the last ones", async () => {
  const slow = newPath("a", 1n, 600);
  const s = scene(slow, newPath("b"));
  s.paths.nominated(slow);
  s.paths.begin(slow);
  await s.pass(BEAT_MS, slow);
  s.dead.add(slow);
  await s.pass(1100);
  assert.equal(s.paths.chosen, slow);
  await s.pass(300);

  assert.deepEqual(s.used, ["a", "b"]);
});

Deno.test("a client that is gone is asked less and less, on a few paths", async () => {
  const all = Array.from({ length: 20 }, (_, i) => newPath(`${i}`));
  const s = scene(...all);
  s.paths.begin(all[0]!);
  for (const path of all) s.dead.add(path);
  await s.pass(25_000);

  assert.ok(s.probed.length < 120, `${s.probed.length} checks`);
  assert.deepEqual(s.used, ["0"]);
});
