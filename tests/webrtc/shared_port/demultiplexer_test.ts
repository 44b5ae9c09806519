/**
 * Whose a datagram is: what one session can do to another, and what is kept.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ATTRIBUTE, type StunKind, writeStun } from "../../../src/ways/webrtc/guard/stun.ts";
import {
  createDemultiplexer,
  type Demultiplexer,
  MAX_ADDRESSES,
  MAX_TRANSACTIONS,
} from "../../../src/ways/webrtc/shared_port/demultiplexer.ts";

const MEDIA = Uint8Array.of(128, 111, 0, 1);

function stun(kind: StunKind, { username, id = 0 }: { username?: string; id?: number } = {}) {
  const transactionId = new Uint8Array(12);
  new DataView(transactionId.buffer).setUint32(8, id);
  const name = new TextEncoder().encode(username);
  const attributes = username === undefined ? [] : [[ATTRIBUTE.username, name] as const];
  return writeStun({ kind, transactionId, attributes }, "any password");
}

Deno.test("a check goes to the session that it names, from wherever it comes", () => {
  const demultiplexer = createDemultiplexer<string>();
  const name = demultiplexer.name("a");
  demultiplexer.name("b");
  demultiplexer.claim("b", "192.0.2.1", 5000, true);

  const owner = (username: string, port: number) =>
    demultiplexer.ownerOf(stun("request", { username }), "192.0.2.1", port);

  assert.equal(owner(`${name}:client`, 5000), "a", "though the address is another's");
  assert.equal(owner(`${name}:client`, 6000), "a");
  assert.equal(owner(`${name.toLowerCase()}x:client`, 5000), undefined);
  assert.equal(owner(name, 5000), undefined, "without a colon");
  assert.equal(owner(`:${name}`, 5000), undefined);
  assert.equal(demultiplexer.ownerOf(stun("request"), "192.0.2.1", 5000), undefined);
});

Deno.test("an answer goes to whoever has asked, once", () => {
  const demultiplexer = createDemultiplexer<string>();
  demultiplexer.sent("a", stun("request", { id: 1 }));
  demultiplexer.sent("a", stun("success", { id: 2 }));
  demultiplexer.sent("a", MEDIA);

  const owner = (kind: StunKind, id: number) =>
    demultiplexer.ownerOf(stun(kind, { id }), "192.0.2.1", 5000);

  assert.equal(owner("indication", 1), undefined);
  assert.equal(owner("success", 2), undefined, "nobody has asked that");
  assert.equal(owner("error", 1), "a");
  assert.equal(owner("success", 1), undefined);
  assert.equal(demultiplexer.size.transactions, 0);
});

Deno.test("media goes by the address, and two clients behind one NAT are told apart", () => {
  const demultiplexer = createDemultiplexer<string>();
  demultiplexer.claim("a", "192.0.2.1", 5000, false);
  demultiplexer.claim("b", "192.0.2.1", 5001, true);
  demultiplexer.claim("c", "2001:db8::1", 5000, true);

  const owner = (host: string, port: number) => demultiplexer.ownerOf(MEDIA, host, port);

  assert.deepEqual([owner("192.0.2.1", 5000), owner("192.0.2.1", 5001)], ["a", "b"]);
  assert.equal(owner("2001:db8::1", 5000), "c");
  assert.equal(owner("192.0.2.1", 5002), undefined);
  assert.equal(owner("192.0.2.2", 5000), undefined);
});

Deno.test("an address that may be forged is nobody's to take; one that answers is", () => {
  const demultiplexer = createDemultiplexer<string>();
  const owner = () => demultiplexer.ownerOf(MEDIA, "192.0.2.1", 5000);
  demultiplexer.claim("a", "192.0.2.1", 5000, false);

  demultiplexer.claim("b", "192.0.2.1", 5000, false);
  assert.equal(owner(), "a");
  demultiplexer.claim("b", "192.0.2.1", 5000, true);
  assert.equal(owner(), "b");
  demultiplexer.leave("a");
  assert.equal(owner(), "b", "which is not what the other takes with it");
  demultiplexer.leave("b");
  assert.equal(owner(), undefined);
});

Deno.test("a restart of ICE has the name before it count on, and no older one", () => {
  const demultiplexer = createDemultiplexer<string>();
  const names = [1, 2, 3].map(() => demultiplexer.name("a"));

  const owners = names.map((name) =>
    demultiplexer.ownerOf(stun("request", { username: `${name}:x` }), "192.0.2.1", 1)
  );

  assert.deepEqual(owners, [undefined, "a", "a"]);
});

Deno.test("names of many sessions are not guessed and not the same", () => {
  const demultiplexer = createDemultiplexer<number>();

  const names = Array.from({ length: 2000 }, (_, session) => demultiplexer.name(session));

  assert.equal(new Set(names).size, names.length);
  assert.ok(names.every((name) => /^[A-Za-z\d+/]{8}$/.test(name)), "RFC 8839 §5.4");
});

Deno.test("what a session has is bounded, and the latest of it stays", () => {
  const demultiplexer = createDemultiplexer<string>();

  for (let i = 0; i < 1000; i++) {
    demultiplexer.sent("a", stun("request", { id: i }));
    demultiplexer.claim("a", "192.0.2.1", 10_000 + i, i % 2 === 0);
    demultiplexer.claim("a", "192.0.2.2", 9, true); // in use all the while
  }

  const { size } = demultiplexer;
  assert.deepEqual(size, { names: 0, transactions: MAX_TRANSACTIONS, addresses: MAX_ADDRESSES });
  assert.equal(demultiplexer.ownerOf(MEDIA, "192.0.2.2", 9), "a");
  assert.equal(demultiplexer.ownerOf(MEDIA, "192.0.2.1", 10_000), undefined);
  assert.equal(demultiplexer.ownerOf(MEDIA, "192.0.2.1", 10_999), "a");
});

/** What may happen, on few sessions and addresses so that they meet. */
const session = fc.integer({ min: 0, max: 3 });
const address = fc.record({
  host: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1"),
  port: fc.integer({ min: 1, max: 4 }),
});
const event = fc.oneof(
  fc.record({ kind: fc.constant("claim" as const), session, address, proven: fc.boolean() }),
  fc.record({ kind: fc.constant("name" as const), session }),
  fc.record({ kind: fc.constant("ask" as const), session, id: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant("leave" as const), session }),
  fc.record({ kind: fc.constant("datagram" as const), address, bytes: fc.uint8Array() }),
);

Deno.test("the owner of an address is whoever proved it last, and else whoever claimed it first", () => {
  fc.assert(fc.property(fc.array(event, { maxLength: 80 }), (events) => {
    const demultiplexer: Demultiplexer<number> = createDemultiplexer();
    const model = new Map<string, { host: string; port: number; owner: number }>();
    for (const event of events) {
      if (event.kind === "claim") {
        const { host, port } = event.address;
        const key = `${host} ${port}`;
        const owner = event.proven ? event.session : model.get(key)?.owner ?? event.session;
        model.set(key, { host, port, owner });
        demultiplexer.claim(event.session, host, port, event.proven);
      } else if (event.kind === "leave") {
        for (const [key, { owner }] of model) if (owner === event.session) model.delete(key);
        demultiplexer.leave(event.session);
      } else if (event.kind === "name") demultiplexer.name(event.session);
      else if (event.kind === "ask") demultiplexer.sent(event.session, stun("request", event));
      else {
        const { names, addresses } = demultiplexer.size;
        demultiplexer.ownerOf(event.bytes, event.address.host, event.address.port);
        const after = demultiplexer.size;
        assert.deepEqual([after.names, after.addresses], [names, addresses]);
      }
      assert.equal(demultiplexer.size.addresses, model.size);
      for (const { host, port, owner } of model.values()) {
        assert.equal(demultiplexer.ownerOf(MEDIA, host, port), owner);
        assert.ok(demultiplexer.has(owner, host, port));
      }
    }
    for (let session = 0; session < 4; session++) demultiplexer.leave(session);
    assert.deepEqual(demultiplexer.size, { names: 0, transactions: 0, addresses: 0 });
  }));
});
