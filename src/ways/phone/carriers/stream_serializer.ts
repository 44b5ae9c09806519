/**
 * Twilio's dialect, which Exotel speaks too: events of JSON with audio in base64, each of which names
 * its stream.
 *
 * @module
 */
import { encodeBase64 } from "../../../core/base64.ts";
import type { CarrierSerializer, CarrierStart } from "../../../core/carrier.ts";
import type { Codec } from "./codec.ts";
import { mediaReader, readDtmf, readEvent, readMark, STOP } from "./event.ts";

/** How a carrier speaks it. */
export interface StreamDialect {
  /** What it calls the id of a stream. */
  readonly idName: string;
  readonly codec: Codec;
  /** How many samples a message may hold. */
  readonly size: CarrierSerializer["size"];
}

/** Makes a serializer. */
export function streamSerializer(
  { callData, audio }: CarrierStart,
  { idName, codec, size }: StreamDialect,
): CarrierSerializer {
  const stream = `"${idName}":${JSON.stringify(callData.streamId)}`;
  const mediaHead = `{"event":"media",${stream},"media":{"payload":"`;
  const readers = {
    media: mediaReader({ codec, sampleRate: audio.sampleRate }),
    dtmf: readDtmf,
    mark: readMark,
    stop: () => STOP,
  };
  return {
    size,
    parse: (message) => readEvent(message, readers),
    media: (samples) => `${mediaHead}${encodeBase64(codec.encode(samples))}"}}`,
    mark: (name) => `{"event":"mark",${stream},"mark":{"name":${JSON.stringify(name)}}}`,
    clear: () => `{"event":"clear",${stream}}`,
  };
}
