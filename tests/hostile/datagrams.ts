/**
 * Valid messages of all that a call sends over UDP, made by the project's own writers.
 */
import { PAYLOAD } from "../../src/ways/webrtc/guard/dcep.ts";
import { CHUNK, writeChunk, writeSctp } from "../../src/ways/webrtc/guard/sctp_packet.ts";
import {
  reconfigResponse,
  resetRequest,
  writeReconfig,
} from "../../src/ways/webrtc/guard/sctp_reconfig.ts";
import {
  ATTRIBUTE,
  errorCode,
  type StunKind,
  writeStun,
  xorMappedAddress,
} from "../../src/ways/webrtc/guard/stun.ts";

const encoder = new TextEncoder();

/** What the checks of the session are made with. */
export const CREDENTIALS = { username: "ours:theirs", password: "the password of the session" };

/** Bytes of 16 and 32 bits, one after the other. */
function words(...values: readonly (readonly [bits: 8 | 16 | 32, value: number])[]): Uint8Array {
  return Uint8Array.from(
    values.flatMap(([bits, value]) =>
      Array.from({ length: bits / 8 }, (_, i) => value >>> (bits - 8 * (i + 1)) & 0xff)
    ),
  );
}

/** Checks and their answers (RFC 8445 §7). */
export function checks(credentials = CREDENTIALS): Uint8Array[] {
  const transactionId = new Uint8Array(12).fill(7);
  const address = xorMappedAddress(Uint8Array.of(127, 0, 0, 1), 4000, transactionId);
  const request = [
    [ATTRIBUTE.username, encoder.encode(credentials.username)],
    [ATTRIBUTE.priority, words([32, 0x6e0001ff])],
    [ATTRIBUTE.iceControlling, new Uint8Array(8).fill(255)],
  ] as const;
  const messages: readonly [StunKind, readonly (readonly [number, Uint8Array])[]][] = [
    ["request", request],
    ["request", [...request, [ATTRIBUTE.useCandidate, new Uint8Array()]]],
    ["request", [...request, [0x8022, encoder.encode("software")], [0x7fff, words([32, 1])]]],
    ["indication", []],
    ["success", [[ATTRIBUTE.xorMappedAddress, address]]],
    ["error", [[ATTRIBUTE.errorCode, errorCode(487, "Role Conflict")]]],
  ];
  return messages.map(([kind, attributes]) =>
    writeStun({ kind, transactionId, attributes }, credentials.password)
  );
}

/** The first TSN of the client. */
export const TSN = 0xffff_fff0;

const parameter = (type: number, value: Uint8Array) =>
  Uint8Array.of(...words([16, type], [16, 4 + value.length]), ...value);

const data = (index: number, flags: number, protocol: number, payload: Uint8Array) =>
  writeChunk(
    CHUNK.data,
    flags,
    Uint8Array.of(
      ...words([32, TSN + index], [16, index % 3], [16, index], [32, protocol]),
      ...payload,
    ),
  );

/** Chunks of all kinds (RFC 9260 §3.3). */
export function chunks(): Uint8Array[][] {
  const initiation = Uint8Array.of(
    ...words([32, 1], [32, 1 << 17], [16, 1024], [16, 1024], [32, TSN]),
    ...parameter(0x8008, Uint8Array.of(130, 192, 0, 0)),
    ...parameter(7, new Uint8Array(32).fill(3)),
  );
  const text = encoder.encode("a message");
  const sack = words([32, TSN + 1], [32, 1 << 20], [16, 2], [16, 1], [16, 2], [16, 3], [16, 5], [
    16,
    9,
  ], [32, TSN]);
  return [
    [writeChunk(CHUNK.init, 0, initiation)],
    [writeChunk(CHUNK.initAck, 0, initiation)],
    [writeChunk(CHUNK.cookieEcho, 0, new Uint8Array(32).fill(3)), data(0, 3, 51, text)],
    [writeChunk(CHUNK.cookieAck, 0, new Uint8Array())],
    [0, 1, 2, 3].map((i) => data(i, 3, PAYLOAD.text, text)),
    [data(5, 2, PAYLOAD.text, text), data(6, 0, PAYLOAD.text, text), data(7, 1, 51, text)],
    [data(8, 7, PAYLOAD.binary, new Uint8Array(900))],
    openings().map((opening, i) => data(9 + i, 3, PAYLOAD.control, opening)),
    [writeChunk(CHUNK.sack, 0, sack)],
    [writeChunk(CHUNK.heartbeat, 0, parameter(1, new Uint8Array(40)))],
    [writeChunk(CHUNK.forwardTsn, 0, words([32, TSN + 20], [16, 1], [16, 4]))],
    [writeReconfig(resetRequest(2, TSN + 1, [1, 2]))],
    [writeReconfig(reconfigResponse(2, 1))],
    [writeChunk(CHUNK.error, 0, parameter(6, new Uint8Array(8)))],
    [writeChunk(CHUNK.shutdown, 0, words([32, TSN]))],
    [writeChunk(CHUNK.abort, 0, parameter(12, text))],
  ];
}

/** Packets of all these. */
export function sctpPackets(
  header = { sourcePort: 5000, destinationPort: 5000, verificationTag: 1 },
): Uint8Array[] {
  return chunks().map((list) => writeSctp(header, list));
}

/** Openings of data channels, and the answer to them (RFC 8832 §5). */
export function openings(): Uint8Array[] {
  const open = (type: number, label: string, protocol = "") => {
    const [name, kind] = [encoder.encode(label), encoder.encode(protocol)];
    return Uint8Array.of(
      ...words([8, 3], [8, type], [16, 256], [32, 0], [16, name.length], [16, kind.length]),
      ...name,
      ...kind,
    );
  };
  return [open(0, "chat"), open(0x82, "größer", "json"), open(1, ""), Uint8Array.of(2)];
}

/** RTP without its encryption: of the plain kind, with sources, extensions, padding. */
export function packets(): Uint8Array[] {
  const header = (first: number, type: number, sequence: number) =>
    words([8, first], [8, type], [16, sequence], [32, sequence * 960], [32, 0xcafe]);
  const payload = new Uint8Array(60).fill(0x78);
  const extension = words([16, 0xbede], [16, 2], [32, 0x10ff_2001], [32, 0x0000_0000]);
  return [
    Uint8Array.of(...header(0x80, 111, 1), ...payload),
    Uint8Array.of(...header(0x80, 0x80 | 111, 65_535), ...payload),
    Uint8Array.of(...header(0x90, 111, 2), ...extension, ...payload),
    Uint8Array.of(...header(0x82, 111, 3), ...words([32, 1], [32, 2]), ...payload),
    Uint8Array.of(...header(0xa0, 111, 4), ...payload, 0, 0, 0, 4),
    Uint8Array.of(...header(0xb1, 63, 5), ...words([32, 9]), ...extension, ...payload, 1),
    Uint8Array.of(...header(0x80, 126, 6), 5, 10, 3, 32),
  ];
}

/** RTCP without its encryption: reports, names, goodbyes, feedback. */
export function reports(): Uint8Array[] {
  const packet = (count: number, type: number, ...content: readonly number[]) =>
    Uint8Array.of(0x80 | count, type, ...words([16, content.length / 4]), ...content);
  const source = words([32, 0xcafe]);
  const block = [...words([32, 1234], [32, 0x1000_0005], [32, 70_000], [32, 48], [32, 1], [32, 2])];
  const times = words([32, 3_900_000_000], [32, 7], [32, 960], [32, 10], [32, 800]);
  const sender = packet(1, 200, ...source, ...times, ...block);
  const receiver = packet(2, 201, ...source, ...block, ...block);
  const names = packet(1, 202, ...source, 1, 2, 65, 66);
  const goodbye = packet(1, 203, ...source);
  const feedback = packet(1, 205, ...source, ...words([32, 1234]), ...words([16, 7], [16, 0]));
  const keyframe = packet(1, 206, ...source, ...words([32, 1234]));
  const together = (...all: readonly Uint8Array[]) =>
    Uint8Array.from(all.flatMap((one) => [...one]));
  return [
    sender,
    receiver,
    together(sender, names),
    together(receiver, names, goodbye),
    together(receiver, feedback, keyframe),
    Uint8Array.of(0xa0, ...receiver.subarray(1)),
  ];
}
