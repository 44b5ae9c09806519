/**
 * Which of the video codecs of an offer a call uses.
 *
 * @module
 */
import { VIDEO_CODECS, type VideoCodec } from "../../../core/video.ts";
import { type Format, parameter, readFormats } from "./audio_codecs.ts";
import { type Section, split } from "./description.ts";

/** The format of a section that a call uses. */
export interface ChosenVideo {
  readonly codec: VideoCodec;
  readonly format: Format;
  /** What both sides know of `a=rtcp-fb` about it, such as `nack pli`. */
  readonly feedback: readonly string[];
}

/** 90 kHz, as of all video (RFC 3551 section 5). */
export const VIDEO_CLOCK_RATE = 90_000;
const FEEDBACK = ["nack", "nack pli", "ccm fir", "goog-remb"];
/** The mode of H.264 that splits large units over packets; browsers offer each profile with both. */
const FRAGMENTS = "1";

/**
 * The codec to use of those that a section offers: VP8, which yields pictures, or else one whose
 * access units can be assembled. Undefined if there is none.
 */
export function chooseVideo(section: Section): ChosenVideo | undefined {
  const formats = readFormats(section).filter(({ clockRate }) => clockRate === VIDEO_CLOCK_RATE);
  for (const codec of VIDEO_CODECS) {
    const named = formats.filter(({ name }) => name === codec);
    const format = named.find((one) => parameter(one, "packetization-mode") === FRAGMENTS) ??
      named[0];
    if (format) return { codec, format, feedback: feedbackOf(section, format) };
  }
}

function feedbackOf({ attributes }: Section, { payloadType }: Format): string[] {
  const offered = (attributes.get("rtcp-fb") ?? []).map((value) => split(value, " "))
    .filter(([type]) => type === "*" || type === `${payloadType}`)
    .map(([, feedback]) => feedback.trim());
  return FEEDBACK.filter((known) => offered.includes(known));
}
