/**
 * The video sections of a call's offers: the camera, the screen, and where the bot is seen.
 *
 * @module
 */
import type { VideoCodec, VideoSource } from "../../../core/video.ts";
import type { Section } from "./description.ts";
import { isMultiplexed, type Offer, type OfferedSection } from "./offer.ts";

/** A video section that is used. */
export interface VideoLine {
  /** What the client films with it; absent if it films nothing. */
  readonly source: VideoSource | undefined;
  /** Whether the client sends. */
  readonly receives: boolean;
  /** Whether the bot is seen there. */
  readonly shows: boolean;
  readonly codec: VideoCodec;
  readonly payloadType: number;
  /** What both sides know of `a=rtcp-fb`. */
  readonly feedback: readonly string[];
  /** The SSRCs that the client says it sends with, if it says so. */
  readonly ssrcs: readonly number[];
  /** The name of the section, which its packets may carry. */
  readonly mid: string | undefined;
  /** The number of the header extension in which they do (RFC 9143 section 15). */
  readonly midExtension: number | undefined;
  /**
   * The extension in which simulcast packets name their stream (RFC 8852); only if it is offered.
   */
  readonly ridExtension: number | undefined;
}

/** The header extension with the name of a section. */
export const MID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:mid";
/** That with the name of a stream. */
export const RID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
/** No client sends more: a picture and its retransmissions, three times for simulcast. */
const MOST_SSRCS = 8;
const SOURCES: readonly VideoSource[] = ["camera", "screen"];

/** Reads the lines of one offer after another. */
export type VideoLines = (offer: Offer) => ReadonlyMap<OfferedSection, VideoLine>;

/**
 * Makes a reader for one connection. The first section that the client sends on is its camera, the
 * second its screen, as in Pipecat's clients; a section keeps its role.
 */
export function createVideoLines(): VideoLines {
  let known = new Map<string | number, VideoSource>();
  return ({ sections }) => {
    const video = sections.flatMap((section, place) =>
      section.use.type === "video" && isMultiplexed(section)
        ? [{ section, key: section.mid ?? place, chosen: section.use.chosen }]
        : []
    );
    known = new Map([...known].filter(([key]) => video.some((one) => one.key === key)));
    for (const { section, key } of video) {
      const free = SOURCES.find((source) => ![...known.values()].includes(source));
      if (free && sends(section) && !known.has(key)) known.set(key, free);
    }
    const seen = video.find(({ section, chosen }) => hears(section) && chosen.codec === "vp8");
    return new Map(video.map(({ section, key, chosen }) => {
      const source = known.get(key);
      const { codec, format: { payloadType }, feedback } = chosen;
      return [section, {
        source,
        receives: source !== undefined && sends(section),
        shows: seen?.section === section,
        codec,
        payloadType,
        feedback,
        ssrcs: ssrcsOf(section.section),
        mid: section.mid,
        midExtension: extensionOf(section.section, MID_EXTENSION),
        ridExtension: section.section.attributes.has("simulcast")
          ? extensionOf(section.section, RID_EXTENSION)
          : undefined,
      }];
    }));
  };
}

function sends({ direction }: OfferedSection): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

function hears({ direction }: OfferedSection): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

function ssrcsOf({ attributes }: Section): number[] {
  const named = (attributes.get("ssrc") ?? []).map((value) =>
    Number(/^\d{1,10}(?= |$)/.exec(value))
  )
    .filter((ssrc) => ssrc > 0 && ssrc < 2 ** 32);
  return [...new Set(named)].slice(0, MOST_SSRCS);
}

/** Only those of one byte (RFC 8285 section 4.2), which all clients know. */
function extensionOf({ attributes }: Section, name: string): number | undefined {
  for (const value of attributes.get("extmap") ?? []) {
    const [, number, uri] = /^(\d{1,2})(?:\/\w+)?\s+(\S+)/.exec(value) ?? [];
    if (uri === name && Number(number) >= 1 && Number(number) <= 14) return Number(number);
  }
}
