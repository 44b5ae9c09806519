/**
 * What somebody sends who wants a runner to do much for little.
 */
import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { concat } from "../../src/core/bytes.ts";
import { uint } from "../../src/ways/webrtc/dtls/bytes.ts";
import { CONTENT, writeRecord } from "../../src/ways/webrtc/dtls/record.ts";
import { CHUNK, viewOf, writeChunk, writeSctp } from "../../src/ways/webrtc/guard/sctp_packet.ts";
import { type Client, createClient } from "../webrtc/client.ts";
import { AUDIO, named, offer, TRANSPORT } from "../webrtc/sdp/offers.ts";

/** Where an innocent call's socket is. */
export interface Victim {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
}

/** Does its work; resolves with what it has seen of the runner, in words. */
export type Bomb = (victim: Victim) => Promise<string>;

const FLOOD_MS = 8000;
const BURST_MS = 10;

/** Sends so many bits a second of datagrams, for some seconds. */
async function flood(
  bitsPerSecond: number,
  datagram: (index: number) => Uint8Array,
  send: (bytes: Uint8Array) => void,
): Promise<string> {
  const began = performance.now();
  let [bits, index] = [0, 0];
  for (let passed = 0; passed < FLOOD_MS; passed = performance.now() - began) {
    while (bits < bitsPerSecond * passed / 1000) {
      const bytes = datagram(index++);
      bits += bytes.length * 8;
      send(bytes);
    }
    await sleep(BURST_MS);
  }
  return `${index} datagrams`;
}

async function post({ origin }: Victim, sdp: string) {
  const began = performance.now();
  const body = JSON.stringify({ sdp, type: "offer" });
  const response = await fetch(`${origin}/api/offer`, { method: "POST", body });
  const answer = await response.json();
  return { status: response.status, ms: Math.round(performance.now() - began), answer };
}

/** A client that has got an answer. */
async function answered(victim: Victim): Promise<Client> {
  const client = await createClient();
  const { status, answer } = await post(victim, await client.offer());
  if (status !== 200) throw new Error(`${status}: ${answer.detail}`);
  client.connected().catch(() => {});
  await client.accept(answer.sdp);
  return client;
}

const SECTIONS = 654;

/** An offer of some 150 KB, whose sections share what they need and no transport. */
const manySections: Bomb = async (victim) => {
  const shared = TRANSPORT.filter((line) => line !== "a=rtcp-mux");
  const own = AUDIO.filter((line) => !shared.includes(line));
  const sections = Array.from({ length: SECTIONS }, (_, i) => named(`${i}`, own));
  const sdp = offer(shared, ...sections);
  const { status, ms } = await post(victim, sdp);
  return `${status} after ${ms} ms`;
};

/** Parts of hellos of 16 MB, none of which is ever whole; each is the end of one. */
const FRAGMENT_BYTES = 80;
const MESSAGE_BYTES = 0xff_ffff;
function helloFragment(index: number): Uint8Array {
  const part = crypto.getRandomValues(new Uint8Array(FRAGMENT_BYTES));
  const at = MESSAGE_BYTES - FRAGMENT_BYTES;
  const head = [uint(1, 1), uint(3, MESSAGE_BYTES), uint(2, 0), uint(3, at), uint(3, part.length)];
  const header = { type: CONTENT.handshake, epoch: 0, sequence: index };
  return writeRecord(header, concat(...head, part));
}
const FRAGMENT_BITS = 1_400_000;

const strangersFragments: Bomb = async ({ host, port }) => {
  const socket = createSocket("udp4");
  const seen = await flood(FRAGMENT_BITS, helloFragment, (bytes) => socket.send(bytes, port, host));
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return seen;
};

const clientsFragments: Bomb = async (victim) => {
  const client = await answered(victim);
  await client.connected();
  const { connection } = client.pc.dtlsTransports[0]!.iceTransport;
  const seen = await flood(FRAGMENT_BITS, helloFragment, (bytes) => {
    void connection.send(Buffer.from(bytes)).catch(() => {});
  });
  await client.close();
  return seen;
};

const GAP_BYTES = 900_000;
const GAPS_IN_PACKET = 50;

/** Chunks of 20 bytes, each of which leaves a gap behind it. */
const sctpGaps: Bomb = async (victim) => {
  const client = await answered(victim);
  await client.connected();
  const { sctp } = client.pc.sctpTransport!;
  const transport = client.pc.dtlsTransports[0]!;
  const header = {
    sourcePort: sctp.port,
    destinationPort: sctp["remotePort"] ?? 0,
    verificationTag: sctp["remoteVerificationTag"],
  };
  let tsn = sctp["localTsn"] + 1;
  const chunk = () => {
    const value = new Uint8Array(13);
    tsn += 2;
    viewOf(value).setUint32(0, tsn >>> 0);
    return writeChunk(CHUNK.data, 3, value);
  };
  let sent = 0;
  while (sent < GAP_BYTES) {
    const packet = writeSctp(header, Array.from({ length: GAPS_IN_PACKET }, chunk));
    sent += packet.length;
    await transport.sendData(Buffer.from(packet));
    await sleep(1);
  }
  await sleep(FLOOD_MS / 2);
  await client.close();
  return `${Math.round(sent / 1000)} KB`;
};

const SILENT_OFFERS = 17;

/** Offers of clients that never come. */
const silentOffers: Bomb = async (victim) => {
  const statuses: Record<number, number> = {};
  for (let i = 0; i < SILENT_OFFERS; i++) {
    const client = await createClient();
    const { status } = await post(victim, await client.offer());
    statuses[status] = (statuses[status] ?? 0) + 1;
    await client.close();
  }
  await sleep(FLOOD_MS);
  return Object.entries(statuses).map(([status, times]) => `${times} × ${status}`).join(", ");
};

/** Opus without sound: mode and length alone. */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
const JUMP_MS = 1880;

/** 50 packets a second, each of which says that it is 1.9 s later. */
const jumpingTime: Bomb = async (victim) => {
  const client = await answered(victim);
  await client.connected();
  const payload = concat(SILENCE, new Uint8Array(45));
  const began = performance.now();
  let sent = 0;
  while (performance.now() - began < FLOOD_MS) {
    client.send(payload, { pauseMs: JUMP_MS });
    sent++;
    await sleep(Math.max(0, began + sent * 20 - performance.now()));
  }
  await client.close();
  return `${sent} packets`;
};

/** All of them. */
export const BOMBS: Readonly<Record<string, Bomb>> = {
  "nothing": async () => {
    await sleep(FLOOD_MS);
    return "";
  },
  "654 sections": manySections,
  "strangers' fragments": strangersFragments,
  "a client's fragments": clientsFragments,
  "gaps in SCTP": sctpGaps,
  "17 silent offers": silentOffers,
  "24 kbit/s of RTP": jumpingTime,
};

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
