/**
 * Two faults of werift's SRTP, worked around.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createCipheriv, timingSafeEqual } from "node:crypto";
import type { SrtcpSession, SrtpSession } from "werift";

/** The two ciphers of a transport. */
export interface SrtpSessions {
  readonly srtp: SrtpSession;
  readonly srtcp: SrtcpSession;
}

type Context = (SrtpSession | SrtcpSession)["localContext"];

/** What werift's cipher for `SRTP_AES128_CM_HMAC_SHA1_80` has and the one for AES-GCM has not. */
type CounterCipher = Context["cipher"] & {
  generateCounter(sequence: number, rollover: number, ssrc: number, salt: Buffer): Buffer;
  generateSrtpAuthTag(rollover: number, ...parts: Buffer[]): Buffer;
  generateSrtcpAuthTag(packet: Buffer): Buffer;
};

const TAG_BYTES = 10;
const RTCP_INDEX_BYTES = 4;
const RTCP_HEADER_BYTES = 8;

/** Repairs the SRTP of a transport, once its handshake is over and before its first packet. */
export function repairSrtp({ srtp, srtcp }: SrtpSessions): void {
  followSequence(srtp.remoteContext);
  if (!("generateCounter" in srtp.localContext.cipher)) return;
  finishSrtp(srtp);
  finishSrtcp(srtcp);
}

/**
 * Estimates the packet index as RFC 3711 section 3.3.1 does. werift misses the turn of the sequence
 * number when the 100 packets before it are lost, and then decrypts nothing any more.
 */
function followSequence(context: Context): void {
  context.updateRolloverCount = (sequence, state) => {
    const last = state.lastSequenceNumber;
    if (state.rolloverHasProcessed) {
      const ahead = ((sequence - last) << 16) >> 16;
      if (ahead > 0 && sequence < last) state.rolloverCounter++;
      if (ahead < 0 && sequence > last && state.rolloverCounter > 0) state.rolloverCounter--;
    }
    state.rolloverHasProcessed = true;
    state.lastSequenceNumber = sequence;
  };
}

/*
 * What follows is werift's counter mode, but every cipher is finished. werift leaves them
 * unfinished, and Deno frees only finished ones: about 1 KB would leak with each packet of every
 * client that does not know AES-GCM.
 */

function finishSrtp({ localContext, remoteContext }: SrtpSession): void {
  const out = counterCipher(localContext);
  out.encryptRtp = (header, payload, rollover) => {
    const head = header.serialize(header.serializeSize);
    const { sequenceNumber, ssrc } = header;
    const counter = out.generateCounter(sequenceNumber, rollover, ssrc, out.srtpSessionSalt);
    const body = transform(out.srtpSessionKey, counter, payload);
    return Buffer.concat([head, body, out.generateSrtpAuthTag(rollover, head, body)]);
  };
  const into = counterCipher(remoteContext);
  into.decryptRtp = (packet, rollover, header) => {
    if (!header) throw new TypeError("werift passes the header that it has parsed");
    const { sequenceNumber, ssrc, payloadOffset } = header;
    const end = packet.length - TAG_BYTES;
    const head = packet.subarray(0, payloadOffset);
    const body = packet.subarray(payloadOffset, end);
    check(packet.subarray(end), into.generateSrtpAuthTag(rollover, head, body));
    const counter = into.generateCounter(sequenceNumber, rollover, ssrc, into.srtpSessionSalt);
    return [Buffer.concat([head, transform(into.srtpSessionKey, counter, body)]), header];
  };
}

function finishSrtcp(session: SrtcpSession): void {
  const out = counterCipher(session.localContext);
  out.encryptRTCP = (packet, index) => {
    const { head, body } = rtcpParts(packet);
    const cipherText = transform(out.srtcpSessionKey, rtcpCounter(out, head, index), body);
    const tail = Buffer.alloc(RTCP_INDEX_BYTES);
    tail.writeUInt32BE((index | 0x8000_0000) >>> 0); // the first bit says: encrypted
    const authenticated = Buffer.concat([head, cipherText, tail]);
    return Buffer.concat([authenticated, out.generateSrtcpAuthTag(authenticated)]);
  };
  const into = counterCipher(session.remoteContext);
  session.decrypt = (packet) => {
    const tagStart = packet.length - TAG_BYTES;
    const indexStart = tagStart - RTCP_INDEX_BYTES;
    if (indexStart < RTCP_HEADER_BYTES) throw new RangeError("The SRTCP packet is cut short");
    check(packet.subarray(tagStart), into.generateSrtcpAuthTag(packet.subarray(0, tagStart)));
    const tail = packet.readUInt32BE(indexStart);
    const plain = packet.subarray(0, indexStart);
    if (tail < 0x8000_0000) return plain;
    const { head, body } = rtcpParts(plain);
    const counter = rtcpCounter(into, head, tail & 0x7fff_ffff);
    return Buffer.concat([head, transform(into.srtcpSessionKey, counter, body)]);
  };
}

function counterCipher({ cipher }: Context): CounterCipher {
  return cipher as CounterCipher; // repairSrtp has looked: the profile is the counter mode one
}

function rtcpParts(packet: Buffer): { head: Buffer; body: Buffer } {
  return { head: packet.subarray(0, RTCP_HEADER_BYTES), body: packet.subarray(RTCP_HEADER_BYTES) };
}

function rtcpCounter(cipher: CounterCipher, head: Buffer, index: number): Buffer {
  const ssrc = head.readUInt32BE(4);
  return cipher.generateCounter(index & 0xffff, index >> 16, ssrc, cipher.srtcpSessionSalt);
}

function transform(key: Buffer, counter: Buffer, text: Buffer): Buffer {
  const cipher = createCipheriv("aes-128-ctr", key, counter);
  const result = cipher.update(text);
  cipher.final();
  return result;
}

function check(actual: Buffer, expected: Buffer): void {
  if (!timingSafeEqual(actual, expected)) throw new Error("A packet is not authentic");
}
