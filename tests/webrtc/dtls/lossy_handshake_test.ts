import assert from "node:assert/strict";
import { clientHandshake } from "../../../src/ways/webrtc/dtls/client.ts";
import { serverHandshake } from "../../../src/ways/webrtc/dtls/server.ts";
import { seeded } from "../../soak/random.ts";
import { createIdentity } from "./identities.ts";
import { arrived, type Network, pair, settingsOf } from "./wire.ts";

/** A network that delays, loses and doubles; what comes of it is the same for the same seed. */
function badNetwork(seed: number, { jitterMs = 50, loss = 0.1, doubled = 0.1 } = {}): Network {
  const random = seeded(seed);
  return () => {
    if (random() < loss) return [];
    const delay = () => Math.floor(random() * jitterMs);
    return random() < doubled ? [delay(), delay() + jitterMs] : [delay()];
  };
}

/** How long so many handshakes take, in ms, each over a network of its own. */
async function shakeHands(count: number, network: (seed: number) => Network): Promise<number[]> {
  const [ours, theirs] = await Promise.all([createIdentity(), createIdentity()]);
  const all = Array.from({ length: count }, async (_, seed) => {
    await arrived(10 * seed); // so that they do not keep one another waiting
    const start = performance.now();
    using both = pair(
      (link) => clientHandshake(link, settingsOf(theirs, ours)),
      (link) => serverHandshake(link, settingsOf(ours, theirs)),
      network(seed),
    );
    await both.settled();
    assert.deepEqual([both.client.ended, both.server.ended], [undefined, undefined]);
    return performance.now() - start;
  });
  return (await Promise.all(all)).sort((a, b) => a - b);
}

Deno.test("handshakes end well through jitter, loss, doubling and reordering: all of them", async () => {
  const times = await shakeHands(100, (seed) => badNetwork(seed));

  assert.ok(times[50]! < 2000, `half of them within ${times[50]} ms`);
});

Deno.test("handshakes end well where a third of all packets is lost", async () => {
  await shakeHands(30, (seed) => badNetwork(1000 + seed, { loss: 0.33 }));
});
