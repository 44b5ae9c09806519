/**
 * Writes answers (RFC 3264, RFC 8829 section 5.3): every section of the offer in its place.
 *
 * @module
 */
import { type ChosenAudio, type Format, parameter } from "./audio_codecs.ts";
import {
  type Direction,
  isMultiplexed,
  type Offer,
  type OfferedSection,
  type SectionUse,
} from "./offer.ts";
import type { StackAnswer } from "./stack_offer.ts";
import { MID_EXTENSION, RID_EXTENSION, type VideoLine } from "./video_lines.ts";

/** What our side puts into an answer. */
export interface LocalSide extends StackAnswer {
  /** The id of the session, and which of its answers this is. */
  readonly session: readonly [id: number, version: number];
  /** The SSRC of our audio. */
  readonly source: number;
  /** The SSRC of our video. */
  readonly videoSource: number;
  /** The video sections that are used. */
  readonly video: ReadonlyMap<OfferedSection, VideoLine>;
}

/** Browsers put our audio and video into a stream of this name. */
const STREAM = "bot";
const VIDEO_TRACK = "bot-video";
const SCTP_PORT = 5000;
/** What senders of Opus may do: packets of 10 ms and more, with a copy of the one before. */
const OPUS_PARAMETERS = "minptime=10;useinbandfec=1";
/** Nothing must be sent to the address in an `m=` line: candidates replace it. */
const NO_ADDRESS = "c=IN IP4 0.0.0.0";
/** What the other side's direction is for ours. */
const REVERSED: Readonly<Record<Direction, Direction>> = {
  sendrecv: "sendrecv",
  sendonly: "recvonly",
  recvonly: "sendonly",
  inactive: "inactive",
};

/** Writes the answer to an offer. */
export function writeAnswer(offer: Offer, local: LocalSide): string {
  const [id, version] = local.session;
  const bundle = offer.bundle.length > 0 ? [`a=group:BUNDLE ${offer.bundle.join(" ")}`] : [];
  const sections = offer.sections.flatMap((section) => {
    const { mid, use } = section;
    const name = mid === undefined ? [] : [`a=mid:${mid}`];
    if (use.type === "refused") return [...refused(section), ...name];
    // The candidates of a bundle stand in its first section (RFC 9143 section 7.1.3).
    const isFirst = offer.bundle.length === 0 || mid === offer.bundle[0];
    const candidates = isFirst ? local.candidates : [];
    return [...accepted(section, use, local), ...name, ...local.transport, ...candidates];
  });
  return [
    "v=0",
    `o=- ${id} ${version} IN IP4 0.0.0.0`,
    "s=-",
    `t=${offer.time}`,
    ...bundle,
    "a=msid-semantic:WMS *",
    ...sections,
    "",
  ].join("\r\n");
}

/** A section that is not taken is answered with port 0 and any of its formats. */
function refused({ section: { kind, protocol, formats } }: OfferedSection): string[] {
  return [`m=${kind} 0 ${protocol} ${formats[0]}`, NO_ADDRESS, "a=inactive"];
}

/** The lines of a section that is taken, without its name and its transport. */
function accepted(
  offered: OfferedSection,
  use: Exclude<SectionUse, { readonly type: "refused" }>,
  local: LocalSide,
): string[] {
  switch (use.type) {
    case "audio": {
      const direction = REVERSED[offered.direction];
      const sent = /send/.test(direction) ? track(STREAM, local.source) : [];
      return [...media(offered, audioFormats(use.chosen, offered)), `a=${direction}`, ...sent];
    }
    case "video": {
      const line = local.video.get(offered);
      return [...media(offered, [use.chosen.format]), ...video(line, local.videoSource)];
    }
    case "idle":
      return [...media(offered, use.formats), "a=inactive"];
    case "data":
      return dataChannel(offered, local.maxMessageSize);
  }
}

/** What the sections of all media begin with. */
function media(offered: OfferedSection, formats: readonly Format[]): string[] {
  const { section: { kind, protocol } } = offered;
  return [
    `m=${kind} 9 ${protocol} ${formats.map(({ payloadType }) => payloadType).join(" ")}`,
    NO_ADDRESS,
    ...(isMultiplexed(offered) ? ["a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp-mux"] : []),
    ...formats.flatMap(describe),
  ];
}

function track(name: string, source: number): string[] {
  return [`a=msid:${STREAM} ${name}`, `a=ssrc:${source} cname:${STREAM}`];
}

/**
 * The lines that only video has. Of header extensions, only the section's name is accepted: without
 * the one for rotation (`urn:3gpp:video-orientation`) senders turn the picture themselves.
 * Simulcast is refused, so one stream comes; but Chromium, once it has offered simulcast, makes no
 * further offer without its streams' names.
 */
function video(line: VideoLine | undefined, source: number): string[] {
  if (!line || !(line.receives || line.shows)) return ["a=inactive"];
  const { payloadType, feedback, midExtension, ridExtension, receives, shows } = line;
  return [
    ...feedback.map((kind) => `a=rtcp-fb:${payloadType} ${kind}`),
    ...(midExtension === undefined ? [] : [`a=extmap:${midExtension} ${MID_EXTENSION}`]),
    ...(ridExtension === undefined ? [] : [`a=extmap:${ridExtension} ${RID_EXTENSION}`]),
    `a=${receives ? shows ? "sendrecv" : "recvonly" : "sendonly"}`,
    ...(shows ? track(VIDEO_TRACK, source) : []),
  ];
}

/** Clients send in the first format: redundancy only if the offer prefers it, too. */
function audioFormats(
  { format, redundancy, keys }: ChosenAudio,
  { section: { formats } }: OfferedSection,
): Format[] {
  if (!redundancy) return [format, ...keys];
  const place = (format: Format) => formats.indexOf(`${format.payloadType}`);
  const both = [format, redundancy].sort((a, b) => place(a) - place(b));
  return [...both, ...keys];
}

function dataChannel({ section }: OfferedSection, maxMessageSize: number): string[] {
  const { kind, protocol, formats: [format] } = section;
  const limit = `a=max-message-size:${maxMessageSize}`;
  if (format && !/^\d+$/.test(format)) {
    return [`m=${kind} 9 ${protocol} ${format}`, NO_ADDRESS, `a=sctp-port:${SCTP_PORT}`, limit];
  }
  // As it was written before RFC 8841.
  const map = `a=sctpmap:${SCTP_PORT} webrtc-datachannel 65535`;
  return [`m=${kind} 9 ${protocol} ${SCTP_PORT}`, NO_ADDRESS, map, limit];
}

function describe(format: Format): string[] {
  const { payloadType, encoding, name } = format;
  const parameters = name === "opus"
    ? parameter(format, "stereo") === "1" ? `${OPUS_PARAMETERS};stereo=1` : OPUS_PARAMETERS
    : name === "telephone-event"
    ? ""
    : format.parameters;
  return [
    `a=rtpmap:${payloadType} ${encoding}`,
    ...(parameters ? [`a=fmtp:${payloadType} ${parameters}`] : []),
  ];
}
