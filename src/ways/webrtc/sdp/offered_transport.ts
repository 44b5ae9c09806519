/**
 * How an offer's media sections share transports (BUNDLE, RFC 9143), and how to reach the client.
 *
 * @module
 */
import { type Candidate, MAX_CANDIDATES, readCandidate } from "./candidate.ts";
import {
  attribute,
  type Attributes,
  type Description,
  nameOf,
  type Section,
} from "./description.ts";

/** Where media goes to, and how it is protected. */
export interface OfferedTransport {
  readonly fragment: string;
  readonly password: string;
  /** Algorithm and digest, such as `sha-256 AB:CD:…`. */
  readonly fingerprints: readonly string[];
  /** Whether the client insists on being the DTLS server. */
  readonly passive: boolean;
  /** Whether the client only answers checks (RFC 8445 section 2.5). */
  readonly lite: boolean;
  readonly candidates: readonly Candidate[];
}

/** Bytes of a digest by its name (RFC 8122 section 5); broken or unknown ones are left out. */
const DIGEST_BYTES: ReadonlyMap<string, number> = new Map([
  ["sha-1", 20],
  ["sha-224", 28],
  ["sha-256", 32],
  ["sha-384", 48],
  ["sha-512", 64],
]);
const MAX_FINGERPRINTS = 8;

/** Sections that share a transport. */
export interface SectionGroup {
  readonly sections: readonly Section[];
  /** Whether the offer calls them a bundle; otherwise it is only one section. */
  readonly isBundle: boolean;
}

/**
 * Groups the sections that are not stopped by transport; those of a bundle are in its order. Names
 * of sections that are not there, or in another bundle already, are ignored.
 */
export function groupSections({ attributes, sections }: Description): readonly SectionGroup[] {
  const bundles = (attributes.get("group") ?? []).map((value) => value.split(/\s+/))
    .filter(([semantics]) => semantics?.toUpperCase() === "BUNDLE");
  const named = new Map<string, Section>();
  for (const section of sections) {
    const mid = nameOf(section);
    if (mid && !named.has(mid)) named.set(mid, section);
  }
  const grouped = new Set<Section>();
  const groups = bundles.map(([, ...mids]) => {
    const members: Section[] = [];
    for (const mid of mids) {
      const section = named.get(mid);
      if (!section || grouped.has(section)) continue;
      grouped.add(section);
      // Of a section that is for a bundle only, port 0 says nothing (RFC 9143 section 6).
      if (section.port !== 0 || section.attributes.has("bundle-only")) members.push(section);
    }
    return { sections: members, isBundle: true };
  });
  const alone = sections.filter((section) => section.port !== 0 && !grouped.has(section))
    .map((section) => ({ sections: [section], isBundle: false }));
  return [...groups, ...alone];
}

/**
 * Reads how to reach the client by a transport.
 *
 * @param sections Those that share the transport, the one whose word counts first (the offerer tagged
 * section of RFC 9143). What it leaves out is looked up in the session, then in the others.
 * @returns What is missing for WebRTC, if something is.
 */
export function readTransport(
  { attributes: session }: Description,
  sections: readonly Section[],
): OfferedTransport | "a=ice-ufrag" | "a=ice-pwd" | "a=fingerprint" {
  const [tagged, ...others] = sections.map(({ attributes }) => attributes);
  const sources = tagged ? [tagged, session, ...others] : [session];
  const first = <T>(read: (attributes: Attributes) => T | undefined): T | undefined => {
    for (const source of sources) {
      const found = read(source);
      if (found !== undefined) return found;
    }
  };
  const fragmentOf = (attributes: Attributes) => tokenOf(attributes, "ice-ufrag");
  // Both from one place: the password of another section belongs to another name.
  const credentials = first((attributes) => {
    const [fragment, password] = [fragmentOf(attributes), tokenOf(attributes, "ice-pwd")];
    return fragment && password ? { fragment, password } : undefined;
  });
  if (!credentials) return first(fragmentOf) ? "a=ice-pwd" : "a=ice-ufrag";
  const fingerprints = first((attributes) => {
    const valid = (attributes.get("fingerprint") ?? []).flatMap(readFingerprint);
    return valid.length > 0 ? valid.slice(0, MAX_FINGERPRINTS) : undefined;
  });
  if (!fingerprints) return "a=fingerprint";
  const candidates = [tagged, ...others].map((attributes) => readCandidates(attributes))
    .find(({ length }) => length > 0);
  return {
    ...credentials,
    fingerprints,
    passive: first((attributes) => attribute({ attributes }, "setup"))?.toLowerCase() === "passive",
    lite: first((attributes) => attribute({ attributes }, "ice-lite")) !== undefined,
    candidates: candidates ?? [],
  };
}

/** A user name or a password, which a colon separates from the other side's. */
function tokenOf(attributes: Attributes, name: string): string | undefined {
  return /^[\x21-\x39\x3b-\x7e]{1,256}$/.exec(attribute({ attributes }, name) ?? "")?.[0];
}

function readFingerprint(value: string): string[] {
  const [algorithm = "", digest = ""] = value.toLowerCase().split(/\s+/);
  const bytes = DIGEST_BYTES.get(algorithm);
  const isDigest = digest.length === 3 * (bytes ?? 0) - 1 &&
    /^[\da-f]{2}(:[\da-f]{2})*$/.test(digest);
  return isDigest ? [`${algorithm} ${digest.toUpperCase()}`] : [];
}

function readCandidates(attributes: Attributes | undefined): Candidate[] {
  const candidates: Candidate[] = [];
  for (const value of attributes?.get("candidate") ?? []) {
    const candidate = readCandidate(`candidate:${value}`);
    if (candidate) candidates.push(candidate);
    if (candidates.length === MAX_CANDIDATES) break;
  }
  return candidates;
}
