/**
 * Who sends hostile datagrams to a runner: strangers, clients from their own addresses and with their
 * own keys, and clients whose handshakes are spoiled. Each sends at a bounded rate until it is stopped.
 */
import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { CHUNK, parseSctp, viewOf } from "../../src/ways/webrtc/guard/sctp_packet.ts";
import { sctpChecksum } from "../../src/ways/webrtc/guard/crc32c.ts";
import { DTLS_PARSERS } from "../hostile/dtls_parsers.ts";
import { packets, reports, sctpPackets } from "../hostile/datagrams.ts";
import { MEDIA_PARSERS } from "../hostile/media_parsers.ts";
import { below, hostileMessage, type Material, pick, type Random } from "../hostile/mutations.ts";
import { DATAGRAM_BYTES, PARSERS } from "../hostile/parsers.ts";
import { VIDEO_PARSERS } from "../hostile/video_parsers.ts";
import { sealRtcp, sealRtp } from "../hostile/sealing.ts";
import { dtlsShape, rtcpShape, rtpShape, sctpShape, stunShape } from "../hostile/shapes.ts";
import { type Client, createClient } from "../webrtc/client.ts";

/** Sends until it is stopped; resolves with how much it has sent. */
export type Attack = (stop: AbortSignal) => Promise<number>;

/** Where a call's socket is. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Datagrams are sent in bursts, this often. */
const BURST_MS = 10;
const STRANGERS = 6;
/** How long a client attacks from one call, and how long a spoiled handshake is waited for. */
const CALL_MS = 4000;
const HANDSHAKE_MS = 1500;
/** One in so many datagrams of a spoiled handshake is spoiled. */
const SPOILED = 4;

const ALL: readonly Material[] = [...PARSERS, ...DTLS_PARSERS, ...MEDIA_PARSERS, ...VIDEO_PARSERS]
  .filter(({ maxBytes }) => maxBytes === DATAGRAM_BYTES);

/** By its first byte (RFC 7983). */
function shapeOf(bytes: Uint8Array) {
  const [first = 0, second = 0] = bytes;
  if (first < 4) return stunShape(bytes);
  if (first < 64) return dtlsShape(bytes);
  return second >= 192 && second < 224 ? rtcpShape(bytes) : rtpShape(bytes);
}

/** What was recorded of a call, to be sent again as it is, or nearly. */
function recordedMaterial(recorded: readonly Uint8Array[]): Material[] {
  return recorded.length > 0 ? [{ samples: recorded, shapeOf, maxBytes: DATAGRAM_BYTES }] : [];
}

/** Calls `send` so often in each burst, until it is stopped; how often it was called. */
async function inBursts(perBurst: number, stop: AbortSignal, send: () => void): Promise<number> {
  let sent = 0;
  while (!stop.aborted) {
    for (let i = 0; i < perBurst; i++) send();
    sent += perBurst;
    await sleep(BURST_MS);
  }
  return sent;
}

/** Strangers who know where a call is, and have recorded some of it. */
export function strangers(
  { host, port }: Address,
  recorded: () => readonly Uint8Array[],
  random: Random,
  perBurst: number,
): Attack {
  return async (stop) => {
    const sockets = await Promise.all(Array.from({ length: STRANGERS }, async () => {
      const socket = createSocket("udp4");
      await new Promise<void>((resolve) => socket.bind(0, resolve));
      return socket;
    }));
    const sent = await inBursts(perBurst, stop, () => {
      const material = pick([...ALL, ...recordedMaterial(recorded())], random);
      pick(sockets, random).send(hostileMessage(material, random), port, host);
    });
    await Promise.all(
      sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
    return sent;
  };
}

/** Asks a runner for an answer. */
export type Answer = (sdp: string) => Promise<string>;

/** A client that sends from its own address, sealed with its own keys or not; one call after another. */
export function insider(answer: Answer, random: Random, perBurst: number): Attack {
  return async (stop) => {
    let sent = 0;
    while (!stop.aborted) {
      const client = await called(answer, (sdp) => sdp);
      const ended = AbortSignal.any([stop, AbortSignal.timeout(CALL_MS)]);
      if (client) sent += await inBursts(perBurst, ended, insiderSends(client, random));
      else await sleep(BURST_MS);
      await client?.close();
    }
    return sent;
  };
}

/** What a client whose call is up can send. */
function insiderSends({ pc }: Client, random: Random): () => void {
  const [transport] = pc.dtlsTransports;
  const sctp = pc.sctpTransport?.sctp;
  if (!transport || !sctp) throw new Error("A call has a transport and channels");
  const { connection } = transport.iceTransport;
  const raw = (bytes: Uint8Array) => void connection.send(Buffer.from(bytes)).catch(() => {});
  const { srtpSessionKey: key, srtpSessionSalt: salt } = transport.srtp.localContext;
  const keys = { key, salt, authentication: new Uint8Array() };
  const types = pc.getTransceivers().flatMap(({ codecs }) => codecs)
    .map(({ payloadType }) => payloadType);
  const media = [
    ...packets(),
    ...VIDEO_PARSERS.flatMap(({ name, samples }) => name.startsWith("video") ? samples : []),
  ];
  let reportIndex = 1000;

  const sendSctp = () => {
    const { port: sourcePort } = sctp;
    const header = {
      sourcePort,
      destinationPort: sctp["remotePort"] ?? 0,
      verificationTag: sctp["remoteVerificationTag"],
    };
    const samples = sctpPackets(header);
    const material = { samples, shapeOf: sctpShape, maxBytes: 1150 };
    const bytes = hostileMessage(material, random);
    if (bytes.length < 16) return;
    const view = viewOf(bytes);
    const near = (sctp["localTsn"] + below(40, random) - 10) >>> 0;
    if (bytes[12] === CHUNK.data && bytes.length >= 20) view.setUint32(16, near);
    view.setUint32(8, sctpChecksum(bytes), true);
    // A client may leave; one that does so all the time would do nothing else.
    if (parseSctp(bytes)?.chunks.some(({ type }) => type === CHUNK.abort)) return;
    void transport.sendData(Buffer.from(bytes)).catch(() => {});
  };
  const sendRtp = () => {
    const material = { samples: media, shapeOf: rtpShape, maxBytes: DATAGRAM_BYTES };
    const bytes = hostileMessage(material, random);
    if (bytes.length > 1) bytes[1] = bytes[1]! & 0x80 | pick(types, random);
    raw(sealRtp("gcm", bytes, keys));
  };
  const sendRtcp = () => {
    const material = { samples: reports(), shapeOf: rtcpShape, maxBytes: DATAGRAM_BYTES };
    raw(sealRtcp("gcm", hostileMessage(material, random), reportIndex++, keys));
  };
  const sendRaw = () => raw(hostileMessage(pick(ALL, random), random));
  return () => pick([sendSctp, sendSctp, sendRtp, sendRtcp, sendRaw], random)();
}

/** Clients of both roles, of whose handshakes some datagrams are spoiled. */
export function spoiler(answer: Answer, random: Random): Attack {
  return async (stop) => {
    let sent = 0;
    for (let passive = false; !stop.aborted; passive = !passive) {
      const client = await called(
        answer,
        (sdp) => passive ? sdp.replaceAll("a=setup:actpass", "a=setup:passive") : sdp,
        (bytes) => {
          const [first = 0] = bytes;
          if (first < 20 || first > 63 || below(SPOILED, random) > 0) return [bytes];
          const samples = [Uint8Array.from(bytes)];
          const material = { samples, shapeOf: dtlsShape, maxBytes: DATAGRAM_BYTES };
          const spoiled = Array.from({ length: 8 }, () => hostileMessage(material, random));
          sent += spoiled.length;
          return [...spoiled, bytes];
        },
      );
      await client?.close();
    }
    return sent;
  };
}

/** A call that is up; nothing if it is not within a time. */
async function called(
  answer: Answer,
  change: (sdp: string) => string,
  treat: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes],
): Promise<Client | undefined> {
  const client = await createClient({ pings: false, video: 2 });
  for (const { iceTransport: { connection } } of client.pc.dtlsTransports) {
    const send = connection.send.bind(connection);
    connection.send = async (bytes) => {
      for (const each of treat(bytes)) await send(Buffer.from(each));
    };
  }
  const connected = client.connected().then(() => true, () => false);
  try {
    await client.accept(await answer(change(await client.offer())));
    if (await Promise.race([connected, sleep(HANDSHAKE_MS).then(() => false)])) return client;
  } catch {
    // Refused, as there are too many; or werift cannot go on.
  }
  await client.close();
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
