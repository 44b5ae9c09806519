/**
 * Streams to test with.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import type { CarrierAudio, CarrierSerializer } from "../../src/core/carrier.ts";
import { FROM_CARRIER, type JsonCarrier } from "./messages.ts";

/** The query of an address that tells nothing of the call. */
export const NO_QUERY = new URLSearchParams();

/** A serializer whose audio travels as text. */
export interface TextSerializer extends CarrierSerializer {
  media(samples: Int16Array): string;
}

/** The serializer of a carrier's stream, of its usual audio or of another. */
export function open(name: JsonCarrier, audio?: Partial<CarrierAudio>): TextSerializer {
  const start = CARRIERS[name].readStart(FROM_CARRIER[name].start, NO_QUERY);
  assert.ok(start);
  const serializer = CARRIERS[name].serializer({ ...start, audio: { ...start.audio, ...audio } });
  return {
    ...serializer,
    media(samples) {
      const message = serializer.media(samples);
      assert.ok(typeof message === "string");
      return message;
    },
  };
}

/** A media message of the carrier with other contents. */
export function media(name: JsonCarrier, changes: Record<string, unknown>): string {
  const message = FROM_CARRIER[name].media;
  return JSON.stringify({ ...message, media: { ...message.media, ...changes } });
}

/** The bytes of a message of ours. */
export function payloadOf(message: string): Buffer {
  const { media: { payload } } = JSON.parse(message);
  assert.match(payload, /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
  return Buffer.from(payload, "base64");
}
