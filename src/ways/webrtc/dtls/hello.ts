/**
 * The messages in which the two sides agree: ClientHello, HelloVerifyRequest and ServerHello.
 *
 * @module
 */
import { concat } from "../../../core/bytes.ts";
import { createReader, type Reader, uint, vector } from "./bytes.ts";
import { HandshakeFailure } from "./failure.ts";
import { DTLS_1_0, DTLS_1_2 } from "./record.ts";

/** Cipher suites: those that every WebRTC endpoint knows (RFC 8827 section 6.5). */
export const SUITES = {
  ecdheEcdsaAes128Gcm: 0xc02b,
  ecdheRsaAes128Gcm: 0xc02f,
} as const;

/** The extensions that are read or sent. */
export const EXTENSIONS = {
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  extendedMasterSecret: 23,
  renegotiationInfo: 0xff01,
} as const;

/** In place of an empty renegotiation_info (RFC 5746 section 3.3). */
export const RENEGOTIATION_SCSV = 0x00ff;
/** Bytes of the random value of each side. */
export const RANDOM_BYTES = 32;

const MAX_SESSION_ID_BYTES = 32;

/** Extensions by their number; none is repeated. */
export type Extensions = ReadonlyMap<number, Uint8Array>;

/** What a client offers. */
export interface ClientHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cookie: Uint8Array;
  readonly suites: readonly number[];
  readonly compressions: Uint8Array;
  readonly extensions: Extensions;
}

/** What a server chooses. */
export interface ServerHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly suite: number;
  readonly compression: number;
  readonly extensions: Extensions;
}

/** The content of use_srtp (RFC 5764 section 4.1.1). */
export interface UseSrtp {
  readonly profiles: readonly number[];
  readonly mki: Uint8Array;
}

/**
 * Reads a ClientHello.
 *
 * @throws {HandshakeFailure} If it is malformed; so do all readers of this module.
 */
export function readClientHello(body: Uint8Array): ClientHello {
  const reader = createReader(body);
  const hello = {
    version: reader.uint(2),
    random: reader.bytes(RANDOM_BYTES),
    sessionId: readSessionId(reader),
    cookie: reader.vector(1),
    suites: readUints(reader.vector(2), 2),
    compressions: reader.vector(1),
    extensions: readExtensions(reader),
  };
  reader.end();
  return hello;
}

/** Writes a ClientHello of DTLS 1.2, without a session to resume or a compression. */
export function writeClientHello(
  { random, cookie, suites, extensions }: Pick<
    ClientHello,
    "random" | "cookie" | "suites" | "extensions"
  >,
): Uint8Array {
  return concat(
    uint(2, DTLS_1_2),
    random,
    vector(1),
    vector(1, cookie),
    vector(2, ...suites.map((suite) => uint(2, suite))),
    vector(1, uint(1, 0)),
    writeExtensions(extensions),
  );
}

/** Reads the cookie of a HelloVerifyRequest. */
export function readHelloVerifyRequest(body: Uint8Array): Uint8Array {
  const reader = createReader(body);
  reader.uint(2);
  const cookie = reader.vector(1);
  reader.end();
  return cookie;
}

/** Writes a HelloVerifyRequest. */
export function writeHelloVerifyRequest(cookie: Uint8Array): Uint8Array {
  return concat(uint(2, DTLS_1_0), vector(1, cookie));
}

/** Reads a ServerHello. */
export function readServerHello(body: Uint8Array): ServerHello {
  const reader = createReader(body);
  const version = reader.uint(2);
  const random = reader.bytes(RANDOM_BYTES);
  readSessionId(reader);
  const [suite, compression] = [reader.uint(2), reader.uint(1)];
  const extensions = readExtensions(reader);
  reader.end();
  return { version, random, suite, compression, extensions };
}

/** Writes a ServerHello of DTLS 1.2 whose session cannot be resumed. */
export function writeServerHello(
  { random, suite, extensions }: Pick<ServerHello, "random" | "suite" | "extensions">,
): Uint8Array {
  return concat(
    uint(2, DTLS_1_2),
    random,
    vector(1),
    uint(2, suite),
    uint(1, 0),
    writeExtensions(extensions),
  );
}

/** Reads an extension that is a list of 16-bit numbers; an absent one is empty. */
export function readNumbers(content: Uint8Array | undefined): readonly number[] {
  if (!content) return [];
  const reader = createReader(content);
  const numbers = readUints(reader.vector(2), 2);
  reader.end();
  return numbers;
}

/** Writes an extension that is a list of 16-bit numbers. */
export function writeNumbers(numbers: readonly number[]): Uint8Array {
  return vector(2, ...numbers.map((number) => uint(2, number)));
}

/** Reads use_srtp; an absent one has no profiles. */
export function readUseSrtp(content: Uint8Array | undefined): UseSrtp {
  if (!content) return { profiles: [], mki: new Uint8Array() };
  const reader = createReader(content);
  const useSrtp = { profiles: readUints(reader.vector(2), 2), mki: reader.vector(1) };
  reader.end();
  return useSrtp;
}

/** Writes use_srtp without a master key identifier. */
export function writeUseSrtp(profiles: readonly number[]): Uint8Array {
  return concat(writeNumbers(profiles), vector(1));
}

function readSessionId(reader: Reader): Uint8Array {
  const sessionId = reader.vector(1);
  if (sessionId.length > MAX_SESSION_ID_BYTES) {
    throw new HandshakeFailure("decode_error", "a session id too long");
  }
  return sessionId;
}

function readUints(bytes: Uint8Array, size: number): readonly number[] {
  const reader = createReader(bytes);
  const numbers: number[] = [];
  while (reader.left > 0) numbers.push(reader.uint(size));
  return numbers;
}

function readExtensions(reader: Reader): Extensions {
  const extensions = new Map<number, Uint8Array>();
  if (reader.left === 0) return extensions; // allowed by RFC 5246 section 7.4.1.2
  const list = createReader(reader.vector(2));
  while (list.left > 0) {
    const type = list.uint(2);
    if (extensions.has(type)) throw new HandshakeFailure("decode_error", "an extension twice");
    extensions.set(type, list.vector(2));
  }
  return extensions;
}

function writeExtensions(extensions: Extensions): Uint8Array {
  const written = [...extensions].map(([type, content]) =>
    concat(uint(2, type), vector(2, content))
  );
  return vector(2, ...written);
}
