/**
 * Reads SDP as tolerantly as its senders write it, in time proportional to its length.
 *
 * @module
 */
import { RunnerError } from "../../../core/error.ts";

/** A session description (RFC 8866): what stands before the first media section, and those. */
export interface Description {
  /** The value of the `t=` line. */
  readonly time: string;
  readonly attributes: Attributes;
  readonly sections: readonly Section[];
}

/** A media section: its `m=` line, and what follows until the next one. */
export interface Section {
  /** The kind of media, such as `audio`, as it is spelled in the SDP. */
  readonly kind: string;
  readonly port: number;
  /** The transport, such as `UDP/TLS/RTP/SAVPF`, as it is spelled in the SDP. */
  readonly protocol: string;
  /** Payload types, or what else the transport has for formats; at least one. */
  readonly formats: readonly string[];
  readonly attributes: Attributes;
}

/** The `a=` lines, in their order, by name in lower case; the value of a property is empty. */
export type Attributes = ReadonlyMap<string, readonly string[]>;

/** Offers of browsers with a dozen of sections stay below a fourth of these. */
const MAX_CHARACTERS = 200_000;
const MAX_LINES = 5000;
/** Longer lines are ignored, like all that is not known. */
const MAX_LINE_CHARACTERS = 5000;
const MAX_SECTIONS = 64;
const MAX_FORMATS = 128;

/**
 * Reads a session description. Any line end will do; blank lines, spaces around lines and anything
 * unknown are ignored.
 *
 * @throws {RunnerError} `invalid_offer` if it is not one, or is larger than any honest one.
 */
export function readDescription(sdp: string): Description {
  if (sdp.length > MAX_CHARACTERS) {
    throw invalidOffer(`The SDP is too long; send at most ${MAX_CHARACTERS} characters.`);
  }
  const lines = sdp.split(/[\r\n]+/, MAX_LINES + 1).map((line) => line.trim()).filter(Boolean);
  if (lines.length > MAX_LINES) {
    throw invalidOffer(`The SDP has too many lines; send at most ${MAX_LINES}.`);
  }
  if (lines[0] !== "v=0") throw noOffer();
  let time = "0 0";
  const session = new Map<string, string[]>();
  const sections: Section[] = [];
  let attributes = session;
  for (const line of lines) {
    if (/^m=/i.test(line)) {
      if (sections.length === MAX_SECTIONS) {
        throw invalidOffer(`The SDP has too many media sections; send at most ${MAX_SECTIONS}.`);
      }
      attributes = new Map();
      sections.push(readMedia(line, attributes));
    } else if (/^a=/i.test(line) && line.length <= MAX_LINE_CHARACTERS) {
      const [name, value] = split(line.slice(2), ":");
      const key = name.trim().toLowerCase();
      const values = attributes.get(key);
      if (values) values.push(value.trim());
      else attributes.set(key, [value.trim()]);
    } else if (attributes === session && /^t=\d+ \d+$/.test(line)) time = line.slice(2);
  }
  if (sections.length === 0) throw noOffer();
  return { time, attributes: session, sections };
}

/** The last value of an attribute; empty for a property, undefined if it is absent. */
export function attribute(
  { attributes }: Pick<Section, "attributes">,
  name: string,
): string | undefined {
  return attributes.get(name)?.at(-1);
}

/** The name of a section, if it has one. */
export function nameOf(section: Section): string | undefined {
  const mid = attribute(section, "mid");
  return mid && !/\s/.test(mid) ? mid : undefined;
}

/** The error for an offer that cannot be used. */
export function invalidOffer(detail: string, cause?: unknown): RunnerError {
  return new RunnerError("invalid_offer", detail, { cause });
}

/** What stands before the first separator, and what behind it. */
export function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

function readMedia(line: string, attributes: Attributes): Section {
  const [kind = "", ports = "", protocol = "", ...formats] = line.slice(2).trim().split(/\s+/);
  const port = Number(/^\d{1,5}(?=$|\/)/.exec(ports)?.[0] ?? NaN);
  const isSound = port <= 65_535 && /^[\w-]{1,32}$/.test(kind) &&
    /^[\w/.-]{1,64}$/.test(protocol) &&
    formats.length > 0 && formats.every((format) => format.length <= 64);
  if (!isSound) {
    throw invalidOffer(
      "An m= line of the SDP cannot be read; send the sdp of createOffer() unchanged.",
    );
  }
  return { kind, port, protocol, formats: formats.slice(0, MAX_FORMATS), attributes };
}

function noOffer(): RunnerError {
  return invalidOffer("The SDP is not an offer; send the sdp of createOffer() unchanged.");
}
