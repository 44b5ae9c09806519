/**
 * Which of the audio codecs of an offer a call uses.
 *
 * @module
 */
import { CODEC_NAMES, type CodecName } from "../codec.ts";
import { type Section, split } from "./description.ts";

/** A payload type and its meaning, as the offer spells it. */
export interface Format {
  readonly payloadType: number;
  /** Such as `opus/48000/2`. */
  readonly encoding: string;
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  /** What `a=fmtp` says about it, as it stands there. */
  readonly parameters: string;
}

/** The formats of a section that a call uses. */
export interface ChosenAudio {
  readonly codec: CodecName;
  readonly format: Format;
  /** How packets carry copies of earlier ones (RFC 2198), if that is offered. */
  readonly redundancy?: Format;
  /** The formats of `telephone-event` that fit the codec, the one to send first. */
  readonly keys: readonly Format[];
}

/** The formats whose numbers need no `a=rtpmap` (RFC 3551 table 4), so far as calls use them. */
const STATIC: ReadonlyMap<number, string> = new Map([[0, "PCMU/8000"], [8, "PCMA/8000"]]);

/** RTP with these numbers cannot be told from RTCP on the same port (RFC 5761 section 4). */
const isTakenForRtcp = (payloadType: number) => payloadType >= 64 && payloadType <= 95;

/**
 * The codec to use of those that a section offers: Opus, or else the first G.711. Undefined if
 * there is none.
 */
export function chooseAudio(section: Section): ChosenAudio | undefined {
  const formats = readFormats(section);
  const named = (name: string) => formats.filter((format) => format.name === name.toLowerCase());
  // RTP knows Opus only as opus/48000/2 (RFC 7587 section 7); devices write all kinds of things.
  const [opus] = named("opus").sort((a, b) => oddity(a) - oddity(b));
  const g711 = formats.find(({ name, clockRate, channels }) =>
    (name === "pcmu" || name === "pcma") && clockRate === 8000 && channels === 1
  );
  const format = opus ?? g711;
  const codec = CODEC_NAMES.find((name) => name.toLowerCase() === format?.name);
  if (!format || !codec) return;
  const clockRates = codec === "opus" ? [48_000, 8000] : [8000];
  const keys = clockRates.flatMap((clockRate) =>
    named("telephone-event").filter((key) => key.clockRate === clockRate).slice(0, 1)
  );
  const copies = `${format.payloadType}/${format.payloadType}`;
  const redundancy = named("red").find(({ clockRate, channels, parameters }) =>
    clockRate === format.clockRate && channels === format.channels &&
    (parameters === copies || parameters.startsWith(`${copies}/`))
  );
  return { codec, format, keys, ...(redundancy ? { redundancy } : {}) };
}

/** How far an encoding of Opus is from its proper name. */
function oddity({ clockRate, channels }: Format): number {
  return (clockRate === 48_000 ? 0 : 2) + (channels === 2 ? 0 : 1);
}

/** The formats in the `m=` line, in order, that say what they are. */
export function readFormats({ formats, attributes }: Section): Format[] {
  const encodings = byPayloadType(attributes.get("rtpmap"));
  const parameters = byPayloadType(attributes.get("fmtp"));
  return [...new Set(formats)].flatMap((text) => {
    const payloadType = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
    const encoding = encodings.get(payloadType) ?? STATIC.get(payloadType);
    if (!(payloadType < 128) || isTakenForRtcp(payloadType) || encoding === undefined) return [];
    const parts = /^([\w.-]{1,32})\/(\d{1,6})(?:\/(\d))?$/.exec(encoding);
    if (!parts) return [];
    const [, name = "", clockRate, channels = "1"] = parts;
    return [{
      payloadType,
      encoding,
      name: name.toLowerCase(),
      clockRate: Number(clockRate),
      channels: Number(channels),
      parameters: parameters.get(payloadType) ?? "",
    }];
  });
}

function byPayloadType(values: readonly string[] = []): ReadonlyMap<number, string> {
  return new Map(values.map((value) => {
    const [payloadType, rest] = split(value.replaceAll("\t", " "), " ");
    return [Number(payloadType), rest.trim()];
  }));
}

/** A parameter of `a=fmtp`, whose names are spelled in any case. */
export function parameter({ parameters }: Format, name: string): string | undefined {
  for (const text of parameters.split(";")) {
    const [key, value] = split(text, "=");
    if (key.trim().toLowerCase() === name) return value.trim();
  }
}
