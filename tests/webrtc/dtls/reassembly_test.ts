import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../src/core/bytes.ts";
import { uint } from "../../../src/ways/webrtc/dtls/bytes.ts";
import {
  type Fragment,
  fragmentMessage,
  HANDSHAKE,
  MAX_MESSAGE_BYTES,
  type Message,
  parseFragments,
  writeMessage,
} from "../../../src/ways/webrtc/dtls/message.ts";
import { createReassembly, MAX_KEPT_BYTES } from "../../../src/ways/webrtc/dtls/reassembly.ts";

const { certificate, clientHello, serverHelloDone } = HANDSHAKE;

/** Any part of a message. */
function part({ type, sequence, body }: Message, from: number, to: number): Fragment {
  return { type, sequence, length: body.length, offset: from, bytes: body.subarray(from, to) };
}

const message = fc.record({
  type: fc.constant(certificate),
  sequence: fc.constant(3),
  body: fc.uint8Array({ minLength: 1, maxLength: 3000 }),
}).map((whole): Message => ({ ...whole })); // of the plain prototype, as the parser's are
/** Where a message is cut, as shares of its length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

Deno.test("a message is whole again however it was cut, in any order, with parts that overlap or come twice", () => {
  fc.assert(
    fc.property(message, cuts, cuts, fc.infiniteStream(fc.nat()), (whole, one, two, order) => {
      const pieces = [one, two].flatMap((shares) => {
        const at = shares.map((share) => Math.round(share * whole.body.length));
        const borders = [0, ...at.sort((a, b) => a - b), whole.body.length];
        return borders.slice(1).map((to, i) => part(whole, borders[i] ?? 0, to));
      }).filter(({ bytes }) => bytes.length > 0);
      const shuffled = pieces.map((piece) => ({ piece, at: order.next().value ?? 0 }))
        .sort((a, b) => a.at - b.at).map(({ piece }) => piece);
      const reassembly = createReassembly();

      for (const piece of shuffled) reassembly.add(piece, 3);

      assert.deepEqual(reassembly.take(3, [certificate]), whole);
      assert.equal(reassembly.size, 0);
    }),
  );
});

Deno.test("a message that is not whole is not given", () => {
  const whole = { type: certificate, sequence: 0, body: new Uint8Array(300).fill(7) };
  const reassembly = createReassembly();
  for (const [from, to] of [[200, 300], [0, 100], [50, 120], [121, 200]] as const) {
    reassembly.add(part(whole, from, to), 0);
    assert.equal(reassembly.take(0, [certificate]), undefined);
  }

  reassembly.add(part(whole, 120, 121), 0);

  assert.deepEqual(reassembly.take(0, [certificate]), whole);
});

Deno.test("of two fragments that contradict each other the later one counts", () => {
  const forged = { type: certificate, sequence: 0, body: new Uint8Array(100).fill(1) };
  const longer = { type: certificate, sequence: 0, body: new Uint8Array(5000).fill(1) };
  const other = { type: clientHello, sequence: 0, body: new Uint8Array(100).fill(2) };
  const whole = { type: certificate, sequence: 0, body: new Uint8Array(100).fill(2) };
  for (const first of [forged, longer, other]) {
    const reassembly = createReassembly();
    reassembly.add(part(first, 10, 60), 0);

    reassembly.add(part(whole, 0, 50), 0);
    reassembly.add(part(whole, 50, 100), 0);

    assert.deepEqual(reassembly.take(0, [certificate]), whole);
  }
});

Deno.test("what no handshake needs is not kept", () => {
  const reassembly = createReassembly();
  const body = new Uint8Array(100);
  for (const sequence of [0, 1, 7, 1000, 65_535]) {
    reassembly.add(part({ type: certificate, sequence, body }, 0, 100), 2);
  }
  assert.equal(reassembly.size, 0);

  reassembly.add(part({ type: certificate, sequence: 2, body }, 0, 100), 2);
  assert.equal(reassembly.take(2, [clientHello]), undefined);
  reassembly.forgetBefore(3);
  assert.equal(reassembly.size, 0);
});

Deno.test("whatever comes, little is kept and no time is lost", () => {
  const reassembly = createReassembly();
  const start = performance.now();
  for (let i = 0; i < 100_000; i++) {
    const length = MAX_MESSAGE_BYTES - i % 3;
    const bytes = new Uint8Array(i % 7 === 0 ? 1100 : 1);
    const offset = (i * 2) % (length - bytes.length);
    reassembly.add({ type: certificate, sequence: i % 9, length, offset, bytes }, 0);
    if (i % 1000 === 0) assert.ok(reassembly.size <= MAX_KEPT_BYTES);
  }

  assert.ok(performance.now() - start < 5000);
});

Deno.test("fragments are read as they were written", () => {
  const size = fc.integer({ min: 1, max: 1200 });
  fc.assert(fc.property(message, size, (whole, most) => {
    const fragments = parseFragments(concat(...fragmentMessage(whole, most)));

    assert.ok(fragments.every(({ bytes }) => bytes.length <= most));
    assert.deepEqual(concat(...fragments.map(({ bytes }) => bytes)), whole.body);
    assert.deepEqual(parseFragments(writeMessage(whole)), [part(whole, 0, whole.body.length)]);
  }));
  const done = { type: serverHelloDone, sequence: 4, body: new Uint8Array() };
  assert.deepEqual(parseFragments(writeMessage(done)), [part(done, 0, 0)]);
});

Deno.test("no bytes make the parser of fragments throw, nor find more than there is", () => {
  const header = fc.tuple(
    fc.constantFrom(1, 11, 20),
    fc.nat(20_000),
    fc.nat(9),
    fc.nat(3000),
    fc.nat(3000),
  )
    .map(([type, length, sequence, offset, size]) =>
      concat(uint(1, type), uint(3, length), uint(2, sequence), uint(3, offset), uint(3, size))
    );
  const bytes = fc.array(fc.oneof(header, fc.uint8Array({ maxLength: 400 })), { maxLength: 8 })
    .map((parts) => concat(...parts));
  fc.assert(fc.property(bytes, (body) => {
    for (const { length, offset, bytes } of parseFragments(body)) {
      assert.ok(length <= MAX_MESSAGE_BYTES);
      assert.ok(offset + bytes.length <= length);
      assert.ok(bytes.length <= body.length);
    }
  }));
});

Deno.test("empty parts, unknown messages and messages too long are left out", () => {
  const header = (type: number, length: number, size: number) =>
    concat(
      uint(1, type),
      uint(3, length),
      uint(2, 0),
      uint(3, 0),
      uint(3, size),
      new Uint8Array(size),
    );
  const kept = header(serverHelloDone, 0, 0);

  assert.equal(parseFragments(header(clientHello, 50, 0)).length, 0);
  assert.equal(parseFragments(header(0, 0, 0)).length, 0, "HelloRequest");
  assert.equal(parseFragments(header(99, 4, 4)).length, 0);
  assert.equal(parseFragments(header(certificate, 2 ** 24 - 1, 20)).length, 0);
  assert.equal(parseFragments(concat(header(99, 4, 4), kept)).length, 1);
});
