import assert from "node:assert/strict";
import fc from "fast-check";
import { joined, oggFile } from "../../client/src/kept/ogg.ts";

/** A packet of one frame: its first byte says so. */
const packet = fc.uint8Array({ minLength: 0, maxLength: 1274 }).map((data) =>
  new Uint8Array([0x78, ...data])
);

/** Takes the first stream out of a packet of two, as RFC 6716, appendix B, has it. */
function split(packet: Uint8Array): [Uint8Array, Uint8Array] {
  const [toc = 0, first = 0, second = 0] = packet;
  const [length, at] = first < 252 ? [first, 2] : [first + 4 * second, 3];
  return [new Uint8Array([toc, ...packet.subarray(at, at + length)]), packet.subarray(at + length)];
}

Deno.test("both sides can be taken out of a packet again", () => {
  fc.assert(fc.property(packet, packet, (user, bot) => {
    assert.deepEqual(split(joined(user, bot)), [user, bot]);
  }));
});

Deno.test("a packet of several frames is refused, and not written wrongly", () => {
  assert.throws(() => joined(new Uint8Array([0x79, 1, 1]), new Uint8Array([0x78])), /several/);
});

Deno.test("a file has all packets, page by page, and says how long it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { minLength: 1, maxLength: 150 }), async (packets) => {
      const bytes = new Uint8Array(packets.flatMap((packet) => [...packet]));
      const sizes = Uint16Array.from(packets, ({ length }) => length);

      const pages = pagesOf(new Uint8Array(await oggFile([{ bytes, sizes }]).arrayBuffer()));

      const [head, tags, ...rest] = pages;
      assert.match(new TextDecoder().decode(head?.packets[0]), /^OpusHead/);
      assert.match(new TextDecoder().decode(tags?.packets[0]), /^OpusTags/);
      assert.deepEqual(pages.map(({ sequence }) => sequence), [...pages.keys()]);
      assert.deepEqual(rest.flatMap(({ packets }) => packets), packets);
      assert.equal(rest.at(-1)?.granule, BigInt(960 * packets.length));
      assert.equal(rest.at(-1)?.flags, 4, "the last page says that it is the last");
    }),
    { numRuns: 30 },
  );
});

interface Page {
  readonly flags: number;
  readonly granule: bigint;
  readonly sequence: number;
  readonly packets: readonly Uint8Array[];
}

function pagesOf(file: Uint8Array): Page[] {
  const view = new DataView(file.buffer);
  const pages: Page[] = [];
  for (let at = 0; at < file.length;) {
    assert.equal(new TextDecoder().decode(file.subarray(at, at + 4)), "OggS");
    const count = file[at + 26]!;
    const packets: Uint8Array[] = [];
    let length = 0;
    let from = at + 27 + count;
    for (const lace of file.subarray(at + 27, at + 27 + count)) {
      length += lace;
      if (lace === 255) continue;
      packets.push(file.slice(from, from += length));
      length = 0;
    }
    const flags = file[at + 5]!;
    const granule = view.getBigUint64(at + 6, true);
    pages.push({ flags, granule, sequence: view.getUint32(at + 18, true), packets });
    at = from;
  }
  return pages;
}
