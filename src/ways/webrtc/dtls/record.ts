/**
 * The record layer of DTLS 1.2 (RFC 6347 section 4.1), without its encryption.
 *
 * @module
 */
import { concat } from "../../../core/bytes.ts";
import { readUint, uint } from "./bytes.ts";

/** The content types that DTLS 1.2 has. */
export const CONTENT = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** DTLS 1.2 on the wire. */
export const DTLS_1_2 = 0xfefd;
/** DTLS 1.0, which a HelloVerifyRequest names whatever is spoken (RFC 6347 section 4.2.1). */
export const DTLS_1_0 = 0xfeff;
/** Bytes in front of a record's body. */
export const RECORD_HEADER_BYTES = 13;
/** The first number that has no place in a record's header. */
export const SEQUENCE_END = 2 ** 48;

/** More than any client packs into a datagram; each may cost a decryption. */
const MAX_RECORDS = 32;

/** A record as it was received. */
export interface DtlsRecord {
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  /** A view of the datagram. */
  readonly body: Uint8Array;
}

/** What a record is sent with. */
export interface RecordHeader {
  readonly type: number;
  readonly epoch: number;
  readonly sequence: number;
}

/**
 * Splits a datagram into its records. Anything but a record of DTLS 1.0 or 1.2, or a record longer
 * than the rest of the datagram, ends it; unknown types are left out.
 */
export function parseRecords(datagram: Uint8Array): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  let at = 0;
  while (datagram.length - at >= RECORD_HEADER_BYTES && records.length < MAX_RECORDS) {
    const type = datagram[at] ?? 0;
    const version = readUint(datagram, at + 1, 2);
    const start = at + RECORD_HEADER_BYTES;
    const end = start + readUint(datagram, at + 11, 2);
    if (end > datagram.length || (version !== DTLS_1_2 && version !== DTLS_1_0)) break;
    if (type >= CONTENT.changeCipherSpec && type <= CONTENT.applicationData) {
      records.push({
        type,
        version,
        epoch: readUint(datagram, at + 3, 2),
        sequence: readUint(datagram, at + 5, 6),
        body: datagram.subarray(start, end),
      });
    }
    at = end;
  }
  return records;
}

/** Writes a record. */
export function writeRecord(
  { type, epoch, sequence }: RecordHeader,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return concat(
    uint(1, type),
    uint(2, DTLS_1_2),
    uint(2, epoch),
    uint(6, sequence),
    uint(2, body.length),
    body,
  );
}
