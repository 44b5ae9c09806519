import assert from "node:assert/strict";
import { createPresence } from "../../src/ways/webrtc/presence.ts";

const LIMITS = { connectTimeoutMs: 60_000, pingTimeoutMs: 3000 };
const LIVE = { live: true, held: false, pinged: true, hasChannel: true };
const CONNECTING = { live: false, held: false, pinged: false, hasChannel: false };

/** After how many seconds of a state a client is given up, within two minutes. */
function givenUpAfter(presence: ReturnType<typeof createPresence>, state: typeof LIVE) {
  for (let seconds = 1; seconds <= 120; seconds++) {
    const absence = presence.tick(1000, state);
    if (absence) return { seconds, kind: absence.kind };
  }
}

Deno.test("a client that never comes is given up sooner than one that is slow to connect", () => {
  const slow = createPresence(LIMITS);
  slow.hear();

  assert.deepEqual(givenUpAfter(createPresence(LIMITS), CONNECTING), {
    seconds: 16,
    kind: "unconnected",
  });
  assert.deepEqual(givenUpAfter(slow, CONNECTING), { seconds: 61, kind: "unconnected" });
  const rings = { ...CONNECTING, held: true };
  assert.equal(givenUpAfter(createPresence(LIMITS), rings)?.seconds, 61, "it rings");
  const picked = createPresence(LIMITS);
  picked.hear();
  picked.tick(59_000, rings);
  assert.equal(
    givenUpAfter(picked, CONNECTING)?.seconds,
    61,
    "its time begins once it is picked up",
  );
});

Deno.test("a client that pings is silent after 3 s, or after 9 without a channel", () => {
  assert.deepEqual(givenUpAfter(createPresence(LIMITS), LIVE), { seconds: 4, kind: "silent" });
  const closed = { ...LIVE, hasChannel: false };
  assert.equal(givenUpAfter(createPresence(LIMITS), closed)?.seconds, 10);
  assert.equal(givenUpAfter(createPresence(LIMITS), { ...LIVE, pinged: false }), undefined);
});

Deno.test("any sign keeps a client, and the first one says that it has come", async () => {
  const presence = createPresence(LIMITS);

  for (let seconds = 0; seconds < 60; seconds++) {
    presence.hear();
    assert.equal(presence.tick(2900, LIVE), undefined);
  }

  await presence.reached;
});

Deno.test("a restart gives a client its time again", () => {
  const presence = createPresence(LIMITS);
  presence.hear();
  presence.tick(59_000, CONNECTING);

  presence.restart();

  assert.equal(givenUpAfter(presence, CONNECTING)?.seconds, 61);
});
