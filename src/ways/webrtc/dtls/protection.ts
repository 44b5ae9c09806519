/**
 * Records under AES-128-GCM (RFC 5288), and the window against replays (RFC 6347 section 4.1.2.6).
 *
 * @module
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { createReplayWindow } from "../../../core/replay_window.ts";
import { concat } from "../../../core/bytes.ts";
import { uint } from "./bytes.ts";
import type { WriteKeys } from "./key_schedule.ts";
import { DTLS_1_2, type DtlsRecord, SEQUENCE_END, writeRecord } from "./record.ts";

/** The epoch after the handshake; there is no other, because nothing is renegotiated. */
export const PROTECTED_EPOCH = 1;

/** Protects what is sent, and opens what is received. */
export interface Protection {
  /** Writes a protected record. */
  seal(type: number, content: Uint8Array): Uint8Array;
  /** What a record says, and whether for the first time; undefined if it is not authentic. */
  open(record: DtlsRecord): { readonly content: Uint8Array; readonly fresh: boolean } | undefined;
}

const CIPHER = "aes-128-gcm";
const NONCE_BYTES = 8;
const TAG_BYTES = 16;
/** How many numbers back a record may come late. */
const WINDOW = 64;
/** A number has one record. */
const MARK = 1;

/** Makes the protection of both directions. */
export function createProtection(local: WriteKeys, remote: WriteKeys): Protection {
  const window = createReplayWindow({ size: WINDOW });
  let next = 0;
  return {
    seal(type, content) {
      const sequence = next++;
      if (sequence >= SEQUENCE_END) throw new RangeError("The numbers of records are used up");
      const nonce = fullSequence(sequence);
      const cipher = createCipheriv(CIPHER, local.key, concat(local.salt, nonce));
      cipher.setAAD(additionalData(type, sequence, content.length));
      const body = [cipher.update(content), cipher.final(), cipher.getAuthTag()];
      return writeRecord({ type, epoch: PROTECTED_EPOCH, sequence }, concat(nonce, ...body));
    },
    open({ type, version, epoch, sequence, body }) {
      const length = body.length - NONCE_BYTES - TAG_BYTES;
      if (length < 0 || version !== DTLS_1_2 || epoch !== PROTECTED_EPOCH) return;
      const nonce = concat(remote.salt, body.subarray(0, NONCE_BYTES));
      const cipher = createDecipheriv(CIPHER, remote.key, nonce);
      cipher.setAAD(additionalData(type, sequence, length));
      cipher.setAuthTag(body.subarray(-TAG_BYTES));
      try {
        const content = cipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
        cipher.final();
        const fresh = window.admits(sequence, MARK);
        if (fresh) window.accept(sequence, MARK);
        return { content, fresh };
      } catch {
        return; // RFC 6347 section 4.1.2.7: as if it had never come
      }
    },
  };
}

function fullSequence(sequence: number): Uint8Array {
  return concat(uint(2, PROTECTED_EPOCH), uint(6, sequence));
}

function additionalData(type: number, sequence: number, length: number): Uint8Array {
  return concat(fullSequence(sequence), uint(1, type), uint(2, DTLS_1_2), uint(2, length));
}
