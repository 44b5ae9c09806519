/** Packets of sound, one after the other. */
export interface Packets {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How long each packet is, in bytes. */
  readonly sizes: Uint16Array<ArrayBuffer>;
}

/** Samples of one packet: 20 ms at the rate of 48 kHz that Opus counts in. */
const PACKET_SAMPLES = 960;
/** What an encoder looks ahead: libopus 6.5 ms, in samples at 48 kHz. */
const PRE_SKIP = 312;
/** A second of packets in each page: a seek finds it quickly. */
const PAGE_PACKETS = 50;
const SERIAL = 1;
const FIRST = 2;
const LAST = 4;
const text = new TextEncoder();

/** A file of Opus packets that hold two streams, the user left and the bot right (RFC 7845). */
export function oggFile(chunks: readonly Packets[]): Blob {
  const pages: Uint8Array<ArrayBuffer>[] = [];
  const page = (packets: readonly Uint8Array[], granule: number, flags = 0): void => {
    pages.push(oggPage(packets, { granule, flags, sequence: pages.length }));
  };
  page([opusHead()], 0, FIRST);
  page([opusTags()], 0);
  let waiting: Uint8Array[] = [];
  let count = 0;
  for (const packet of packetsOf(chunks)) {
    waiting.push(packet);
    count++;
    if (waiting.length < PAGE_PACKETS) continue;
    page(waiting, count * PACKET_SAMPLES);
    waiting = [];
  }
  page(waiting, count * PACKET_SAMPLES, LAST);
  return new Blob(pages, { type: "audio/ogg; codecs=opus" });
}

/**
 * Two packets as one: the first says how long it is (RFC 6716, appendix B).
 *
 * @throws {Error} For a packet of several frames, which no encoder makes that was asked for one.
 */
export function joined(
  first: Uint8Array<ArrayBuffer>,
  second: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const [toc = 0] = first;
  if ((toc & 3) !== 0) throw new Error("A packet has several frames.");
  const length = Math.max(0, first.length - 1);
  const size = length < 252 ? [length] : [252 + (length & 3), (length - 252 - (length & 3)) / 4];
  const packet = new Uint8Array(1 + size.length + length + second.length);
  packet.set([toc, ...size]);
  packet.set(first.subarray(1), 1 + size.length);
  packet.set(second, 1 + size.length + length);
  return packet;
}

function* packetsOf(chunks: readonly Packets[]): Generator<Uint8Array> {
  for (const { bytes, sizes } of chunks) {
    let at = 0;
    for (const size of sizes) yield bytes.subarray(at, at += size);
  }
}

/** Two streams of one channel each. */
function opusHead(): Uint8Array {
  const head = new Uint8Array(23);
  const view = new DataView(head.buffer);
  head.set(text.encode("OpusHead"));
  head.set([1, 2], 8); // version, channels
  view.setUint16(10, PRE_SKIP, true);
  view.setUint32(12, 16_000, true); // the rate before it was encoded
  head.set([1, 2, 0, 0, 1], 18); // mapping family, streams, none of them coupled, which is which
  return head;
}

function opusTags(): Uint8Array {
  const vendor = text.encode("Pipecat runner");
  const tags = new Uint8Array(8 + 4 + vendor.length + 4);
  tags.set(text.encode("OpusTags"));
  new DataView(tags.buffer).setUint32(8, vendor.length, true);
  tags.set(vendor, 12);
  return tags;
}

interface PageOptions {
  /** How many samples have passed at the end of the page. */
  readonly granule: number;
  readonly flags: number;
  readonly sequence: number;
}

/** One page of an Ogg stream (RFC 3533, section 6). */
function oggPage(
  packets: readonly Uint8Array[],
  { granule, flags, sequence }: PageOptions,
): Uint8Array<ArrayBuffer> {
  const lacing = packets.flatMap(({ length }) => [
    ...new Array<number>(Math.floor(length / 255)).fill(255),
    length % 255,
  ]);
  const header = 27 + lacing.length;
  const page = new Uint8Array(header + packets.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(page.buffer);
  page.set(text.encode("OggS"));
  page[5] = flags;
  view.setBigUint64(6, BigInt(granule), true);
  view.setUint32(14, SERIAL, true);
  view.setUint32(18, sequence, true);
  page[26] = lacing.length;
  page.set(lacing, 27);
  let at = header;
  for (const packet of packets) {
    page.set(packet, at);
    at += packet.length;
  }
  view.setUint32(22, crcOf(page), true);
  return page;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value << 1 ^ (value < 0 ? 0x04c11db7 : 0);
  return value >>> 0;
});

function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = (crc << 8 ^ (CRC_TABLE[crc >>> 24 ^ byte] ?? 0)) >>> 0;
  return crc;
}
