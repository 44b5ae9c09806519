/**
 * A fault of werift's SRTP, worked around. What arrives is decrypted elsewhere: see guard/media.ts.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createCipheriv } from "node:crypto";
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

const RTCP_INDEX_BYTES = 4;
const RTCP_HEADER_BYTES = 8;

/**
 * Finishes every cipher that packets are encrypted with. werift leaves those of its counter mode
 * unfinished, and Deno frees only finished ones: about 1 KB would leak with each packet to every
 * client that does not know AES-GCM.
 */
export function finishCiphers({ srtp, srtcp }: SrtpSessions): void {
  if (!("generateCounter" in srtp.localContext.cipher)) return;
  finishSrtp(srtp);
  finishSrtcp(srtcp);
}

function finishSrtp({ localContext }: SrtpSession): void {
  const out = counterCipher(localContext);
  out.encryptRtp = (header, payload, rollover) => {
    const head = header.serialize(header.serializeSize);
    const { sequenceNumber, ssrc } = header;
    const counter = out.generateCounter(sequenceNumber, rollover, ssrc, out.srtpSessionSalt);
    const body = transform(out.srtpSessionKey, counter, payload);
    return Buffer.concat([head, body, out.generateSrtpAuthTag(rollover, head, body)]);
  };
}

function finishSrtcp({ localContext }: SrtcpSession): void {
  const out = counterCipher(localContext);
  out.encryptRTCP = (packet, index) => {
    const { head, body } = rtcpParts(packet);
    const cipherText = transform(out.srtcpSessionKey, rtcpCounter(out, head, index), body);
    const tail = Buffer.alloc(RTCP_INDEX_BYTES);
    tail.writeUInt32BE((index | 0x8000_0000) >>> 0); // the first bit says: encrypted
    const authenticated = Buffer.concat([head, cipherText, tail]);
    return Buffer.concat([authenticated, out.generateSrtcpAuthTag(authenticated)]);
  };
}

function counterCipher({ cipher }: Context): CounterCipher {
  return cipher as CounterCipher; // finishCiphers has looked: the profile is the counter mode one
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
