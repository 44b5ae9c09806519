/**
 * Twilio's dialect, which Exotel speaks too: events of JSON with audio in base64, each of which names
 * its stream.
 *
 * @module
 */
import { encodeBase64 } from "../../../core/base64.ts";
import type { CarrierSerializer, CarrierStart } from "../../../core/carrier.ts";
import { codecOf } from "./codec.ts";
import { mediaReader, readDtmf, readEvent, readMark, STOP } from "./event.ts";

/**
 * Makes a serializer.
 *
 * @param idName What the carrier calls the id of a stream.
 * @param size How many samples a message may hold.
 */
export function streamSerializer(
  idName: string,
  { callData, audio }: CarrierStart,
  size: CarrierSerializer["size"],
): CarrierSerializer {
  const codec = codecOf(audio.encoding);
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
