import assert from "node:assert/strict";
import { clientHandshake } from "../../../src/ways/webrtc/dtls/client.ts";
import { createEndpoint, type Endpoint } from "../../../src/ways/webrtc/dtls/endpoint.ts";
import type { Link } from "../../../src/ways/webrtc/dtls/handshake.ts";
import type { Identity } from "../../../src/ways/webrtc/dtls/identity.ts";
import { CONTENT } from "../../../src/ways/webrtc/dtls/record.ts";
import {
  createRenewableEndpoint,
  type RenewableEndpoint,
} from "../../../src/ways/webrtc/dtls/renewal.ts";
import { serverHandshake } from "../../../src/ways/webrtc/dtls/server.ts";
import { createIdentity } from "./identities.ts";
import { arrived, settingsOf } from "./wire.ts";

const [ours, theirs, strange] = await Promise.all(
  [createIdentity(), createIdentity(), createIdentity()],
);
const RENEWAL_MS = 300;

/** A peer's session, which the endpoint under test hears and answers. */
interface Visit {
  readonly endpoint: Endpoint;
  readonly heard: string[];
  /** Leaves as browsers do: with a farewell. */
  leave(): void;
}

/** A renewable endpoint, and those who shake hands with it one after the other. */
class Stage implements Disposable {
  readonly heard: string[] = [];
  readonly events: string[] = [];
  readonly own: RenewableEndpoint;
  readonly side: "client" | "server";
  #visits: Visit[] = [];
  /** Where its datagrams go: the peer of the latest path. */
  #latest: Endpoint | undefined;

  constructor(side: "client" | "server" = "server") {
    this.side = side;
    const handshake = side === "server" ? serverHandshake : clientHandshake;
    this.own = createRenewableEndpoint(
      side,
      (link) => handshake(link, settingsOf(ours, theirs)),
      {
        transmit: (datagram) => {
          const to = this.#latest;
          queueMicrotask(() => to?.receive(datagram));
        },
        onConnect: () => void this.events.push("connected"),
        onData: (content) => void this.heard.push(new TextDecoder().decode(content)),
        onEnd: (end) => void this.events.push(end.left ? "left" : end.reason),
        onRefuse: (reason) => void this.events.push(`refused: ${reason}`),
      },
      RENEWAL_MS,
    );
  }

  /** Somebody comes on a new path. */
  visit(identity: Identity = theirs): Visit {
    const handshake = this.side === "server" ? clientHandshake : serverHandshake;
    const heard: string[] = [];
    let leave = () => {};
    const saying = (link: Link): Link => ({
      ...link,
      protect: (protection) => {
        leave = () => this.own.receive(protection.seal(CONTENT.alert, Uint8Array.of(1, 0)));
        link.protect(protection);
      },
    });
    const endpoint = createEndpoint((link) => handshake(saying(link), settingsOf(identity, ours)), {
      transmit: (datagram) => queueMicrotask(() => this.own.receive(datagram)),
      onConnect: () => {},
      onData: (content) => void heard.push(new TextDecoder().decode(content)),
      onEnd: () => {},
    });
    const visit = { endpoint, heard, leave: () => leave() };
    this.#visits.push(visit);
    this.#latest = endpoint;
    endpoint.start();
    return visit;
  }

  [Symbol.dispose](): void {
    this.own.close();
    for (const { endpoint } of this.#visits) endpoint.close();
  }
}

const say = (endpoint: Endpoint, text: string) => endpoint.send(new TextEncoder().encode(text));

/** A stage on which a first session is up. */
async function connected(side?: "client" | "server"): Promise<[Stage, Visit]> {
  const stage = new Stage(side);
  const visit = stage.visit();
  stage.own.start();
  await arrived();
  assert.deepEqual(stage.events, ["connected"]);
  return [stage, visit];
}

for (const side of ["server", "client"] as const) {
  Deno.test(`a peer that was let in again is heard and hears, as ${side}`, async () => {
    const [stage, before] = await connected(side);
    using _ = stage;

    stage.own.renew();
    assert.equal(stage.own.renewing, true);
    before.leave();
    assert.deepEqual(stage.events, ["connected"]);
    const after = stage.visit();
    // The hello of a client may have gone to the path before.
    await arrived(side === "client" ? 120 : undefined);

    assert.deepEqual(stage.events, ["connected", "connected"]);
    assert.equal(stage.own.renewing, false);
    say(after.endpoint, "back");
    say(stage.own, "welcome");
    await arrived();
    assert.deepEqual([stage.heard, after.heard], [["back"], ["welcome"]]);
    after.leave();
    assert.deepEqual(stage.events.slice(2), ["left"]);
  });
}

Deno.test("until the next session is up, the one before serves, and not any longer", async () => {
  const [stage, before] = await connected();
  using _ = stage;

  stage.own.renew();
  say(before.endpoint, "still here");
  await arrived();
  assert.deepEqual(stage.heard, ["still here"]);
  stage.visit();
  await arrived();
  say(before.endpoint, "too late");
  before.leave();
  await arrived();

  assert.deepEqual([stage.heard, stage.events], [["still here"], ["connected", "connected"]]);
});

Deno.test("without an offer nobody is let in", async () => {
  const [stage, before] = await connected();
  using _ = stage;

  stage.visit();
  await arrived();
  assert.deepEqual(stage.events, ["connected"]);
  before.leave();

  assert.deepEqual(stage.events, ["connected", "left"]);
});

Deno.test("a peer that does not come again has left, some time after its farewell", async () => {
  const [stage, before] = await connected();
  using _ = stage;

  stage.own.renew();
  before.leave();
  await arrived(RENEWAL_MS / 2);
  assert.deepEqual(stage.events, ["connected"]);
  await arrived(RENEWAL_MS);

  assert.deepEqual(stage.events, ["connected", "left"]);
});

Deno.test("the door is open for some time only", async () => {
  const [stage, before] = await connected();
  using _ = stage;

  stage.own.renew();
  await arrived(1.5 * RENEWAL_MS);
  stage.visit();
  await arrived();
  assert.deepEqual(stage.events, ["connected"]);
  before.leave();

  assert.deepEqual(stage.events, ["connected", "left"]);
});

Deno.test("a stranger at the open door is refused, and the session that is up goes on", async () => {
  const [stage, before] = await connected();
  using _ = stage;

  stage.own.renew();
  stage.visit(strange);
  await arrived();
  say(before.endpoint, "still here");
  await arrived();

  assert.deepEqual(stage.events, [
    "connected",
    "refused: a certificate that the offer did not announce",
  ]);
  assert.deepEqual(stage.heard, ["still here"]);
});

Deno.test("a peer that changes its transport before it is connected is let in", async () => {
  using stage = new Stage();
  stage.own.start();
  stage.visit().endpoint.close();

  stage.own.renew();
  stage.visit();
  await arrived();

  assert.deepEqual(stage.events, ["connected"]);
});
