/**
 * What a call makes of an offer: which of its media sections it uses, and how it reaches the client.
 *
 * A call has one transport, so it refuses the sections that are not bundled with those that it uses.
 *
 * @module
 */
import { chooseAudio, type ChosenAudio, type Format, readFormats } from "./audio_codecs.ts";
import { attribute, invalidOffer, nameOf, readDescription, type Section } from "./description.ts";
import { groupSections, type OfferedTransport, readTransport } from "./offered_transport.ts";
import { chooseVideo, type ChosenVideo } from "./video_codecs.ts";

/** Who sends media, seen by who says it. */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** An offer, and what a call takes from it. */
export interface Offer {
  /** The value of the `t=` line, which the answer repeats. */
  readonly time: string;
  /** All sections, in the order in which they must be answered. */
  readonly sections: readonly OfferedSection[];
  /** The transport of all sections that are used; absent if the client has stopped them all. */
  readonly transport: OfferedTransport | undefined;
  /** The names of the sections that share the transport, the first one's word counts. */
  readonly bundle: readonly string[];
  /** The call's audio; absent if none is offered. */
  readonly audio: OfferedAudio | undefined;
  /** The data channels, if there are any. */
  readonly data: OfferedData | undefined;
}

/** The data channels of a call. */
export interface OfferedData {
  /** The client's SCTP port. */
  readonly port: number;
  /** The longest message that the client takes, in bytes; 0 for any length. */
  readonly maxMessageSize: number;
}

/** A section of an offer. */
export interface OfferedSection {
  readonly section: Section;
  /** Its name, if it has one. */
  readonly mid: string | undefined;
  /** What the client wants to do. */
  readonly direction: Direction;
  readonly use: SectionUse;
}

/** What a call does with a section. */
export type SectionUse =
  | { readonly type: "audio"; readonly chosen: ChosenAudio }
  | { readonly type: "video"; readonly chosen: ChosenVideo }
  /** It is kept for later, and nothing flows, which spares the client the work of encoding. */
  | { readonly type: "idle"; readonly formats: readonly Format[] }
  | { readonly type: "data"; readonly data: OfferedData }
  | { readonly type: "refused" };

/** The audio of a call. */
export interface OfferedAudio extends ChosenAudio {
  /** Whether the client wants to hear. */
  readonly isHeard: boolean;
  /** Whether reports share the port of RTP; otherwise there is no port for them. */
  readonly hasReports: boolean;
}

/** More than any call needs; each one costs the client and us work. */
const MAX_LIVE_SECTIONS = 8;
/** A video codec to keep a section for, though nothing is known about it here. */
const KEPT_CODEC = "vp9";
/** What is taken for RTP over DTLS, as browsers must (RFC 8829 section 5.1.3). */
const RTP = /^((UDP\/TLS|TCP\/DTLS)\/)?RTP\/S?AVPF?$/i;
const SCTP = /^((UDP|TCP)\/)?DTLS\/SCTP$/i;
/** What a client that says nothing takes (RFC 8841 section 6.1). */
const MAX_MESSAGE_BYTES = 65_536;
const SCTP_PORT = 5000;
const REFUSED: SectionUse = { type: "refused" };

/**
 * Reads an offer.
 *
 * @throws {RunnerError} `invalid_offer` if it is not a WebRTC offer, or has nothing to talk over.
 */
export function readOffer(sdp: string): Offer {
  const description = readDescription(sdp);
  const groups = groupSections(description);
  const live = groups.flatMap(({ sections }) => sections);
  if (live.length > MAX_LIVE_SECTIONS) {
    const limit = `offer at most ${MAX_LIVE_SECTIONS}`;
    throw invalidOffer(`The offer has ${live.length} media sections; ${limit}.`);
  }
  const uses = new Map(live.map((section) => [section, useOf(section)]));
  const hasUse = (type: SectionUse["type"]) => (section: Section) =>
    uses.get(section)?.type === type;
  if (live.some(isAudio) && !live.some(hasUse("audio"))) {
    throw invalidOffer("The offer has no audio codec in common; offer Opus, PCMU or PCMA.");
  }
  const transports = groups.map(({ sections, isBundle }) => {
    const used = taggedFirst(sections.filter((section) => !hasUse("refused")(section)));
    return { used, isBundle, transport: readTransport(description, used) };
  });
  const preferred = (["audio", "data", "video", "idle"] as const).flatMap((type) =>
    transports.filter(({ used }) => used.some(hasUse(type)))
  );
  const taken = preferred.find(({ transport }) => typeof transport === "object") ?? preferred[0];
  if (live.length > 0 && !taken) {
    throw invalidOffer("The offer has neither audio nor a data channel; offer one of them.");
  }
  if (typeof taken?.transport === "string") {
    throw invalidOffer(`The offer has no usable ${taken.transport}; send an offer for WebRTC.`);
  }
  const used = taken?.used ?? [];
  const sections = description.sections.map((section): OfferedSection => ({
    section,
    mid: nameOf(section),
    direction: directionOf(section) ?? directionOf(description) ?? "sendrecv",
    use: used.includes(section) ? uses.get(section) ?? REFUSED : REFUSED,
  }));
  const conversation = chooseConversation(sections);
  return {
    time: description.time,
    sections: sections.map((one) => conversation.includes(one) ? one : putAside(one)),
    transport: taken?.transport,
    bundle: taken?.isBundle ? used.map((section) => nameOf(section) ?? "") : [],
    audio: agreeAudio(conversation),
    data: used.map((section) => uses.get(section)).find((use) => use?.type === "data")?.data,
  };
}

/** Whether a candidate that trickles in belongs to the transport of the call. */
export function isOfTransport(
  { sections }: Offer,
  { sdpMid, sdpMLineIndex }: { sdpMid?: string | null; sdpMLineIndex?: number | null },
): boolean {
  const section = sdpMid != null
    ? sections.find(({ mid }) => mid === sdpMid)
    : sections[sdpMLineIndex ?? sections.findIndex(({ use }) => use.type !== "refused")];
  return section !== undefined && section.use.type !== "refused";
}

/**
 * Whether an offer lets a client begin a new DTLS session. Browsers do so when the section that
 * names their transport is stopped, other clients when they show another certificate (RFC 8842).
 */
export function isTransportNew(offer: Offer, before: Offer): boolean {
  const [fingerprints, known] = [offer, before].map(({ transport }) => transport?.fingerprints);
  return tagOf(offer) !== tagOf(before) ||
    fingerprints?.some((fingerprint) => !known?.includes(fingerprint)) === true;
}

/** The name of the section whose word about the transport counts, or its place. */
function tagOf({ bundle: [tag], sections }: Offer): string | number {
  const place = sections.findIndex(({ use }) => use.type !== "refused");
  return tag ?? sections[place]?.mid ?? place;
}

/** What a call could do with a section, if it were on its transport. */
function useOf(section: Section): SectionUse {
  const { kind, protocol } = section;
  if (RTP.test(protocol) && isAudio(section)) {
    const chosen = chooseAudio(section);
    return chosen ? { type: "audio", chosen } : REFUSED;
  }
  if (RTP.test(protocol) && kind.toLowerCase() === "video") {
    const chosen = chooseVideo(section);
    if (chosen) return { type: "video", chosen };
    const kept = readFormats(section).find(({ name }) => name === KEPT_CODEC);
    return kept ? { type: "idle", formats: [kept] } : REFUSED;
  }
  const data = readData(section);
  return data ? { type: "data", data } : REFUSED;
}

/** Reads data channels, by RFC 8841 or as they were written before it. */
function readData(section: Section): OfferedData | undefined {
  const { kind, protocol, formats: [format = ""] } = section;
  if (kind.toLowerCase() !== "application" || !SCTP.test(protocol)) return;
  const isMapped = /^\d{1,5}$/.test(format) &&
    (attribute(section, "sctpmap") ?? "").startsWith(`${format} webrtc-datachannel`);
  if (!isMapped && format.toLowerCase() !== "webrtc-datachannel") return;
  const port = Number(isMapped ? format : attribute(section, "sctp-port") ?? SCTP_PORT);
  const limit = attribute(section, "max-message-size") ?? "";
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) return;
  return { port, maxMessageSize: /^\d{1,15}$/.test(limit) ? Number(limit) : MAX_MESSAGE_BYTES };
}

function isAudio({ kind }: Section): boolean {
  return kind.toLowerCase() === "audio";
}

/** The section that decides about the transport comes first: one with its own port. */
function taggedFirst(sections: readonly Section[]): readonly Section[] {
  const tagged = sections.find(({ port }) => port !== 0);
  return tagged ? [tagged, ...sections.filter((section) => section !== tagged)] : sections;
}

/** A direction holds for all sections that say nothing else (RFC 8866 section 6.7). */
function directionOf(from: Pick<Section, "attributes">): Direction | undefined {
  return (["sendrecv", "sendonly", "recvonly", "inactive"] as const)
    .find((direction) => attribute(from, direction) !== undefined);
}

/**
 * The sections that the client speaks and hears with: one, or one to speak and another to hear.
 */
function chooseConversation(sections: readonly OfferedSection[]): readonly OfferedSection[] {
  const audio = sections.filter(({ use }) => use.type === "audio");
  const [main] = (["sendrecv", "sendonly", "recvonly", "inactive"] as const)
    .flatMap((wanted) => audio.filter(({ direction }) => direction === wanted));
  if (!main) return [];
  if (main.direction !== "sendonly") return [main];
  const other = audio.find((one) => one.direction === "recvonly" && isSameFormat(one, main));
  return other ? [main, other] : [main];
}

function isSameFormat({ use: a }: OfferedSection, { use: b }: OfferedSection): boolean {
  return a.type === "audio" && b.type === "audio" && a.chosen.codec === b.chosen.codec &&
    a.chosen.format.payloadType === b.chosen.format.payloadType;
}

function agreeAudio(conversation: readonly OfferedSection[]): OfferedAudio | undefined {
  const [main] = conversation;
  if (main?.use.type !== "audio") return;
  return {
    ...main.use.chosen,
    isHeard: conversation.some(({ direction }) => /recv/.test(direction)),
    hasReports: isMultiplexed(main),
  };
}

/** Whether RTP and RTCP share a port (RFC 5761 section 5.1.1). */
export function isMultiplexed({ section: { attributes } }: OfferedSection): boolean {
  return attributes.has("rtcp-mux") || attributes.has("rtcp-mux-only");
}

/** Audio that is not the call's. */
function putAside(one: OfferedSection): OfferedSection {
  const { use } = one;
  return use.type === "audio"
    ? { ...one, use: { type: "idle", formats: [use.chosen.format] } }
    : one;
}
