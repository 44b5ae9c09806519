/**
 * The handshake of a DTLS client, for peers that insist on being the server.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { concat } from "../../../core/bytes.ts";
import { createReader, uint, vector } from "./bytes.ts";
import {
  readCertificate,
  readCertificateRequest,
  readServerKeyExchange,
  type ServerKeyExchange,
  writeCertificate,
  writeClientKeyExchange,
  writeSigned,
} from "./credentials.ts";
import { HandshakeFailure } from "./failure.ts";
import {
  createTranscript,
  established,
  type Expectation,
  type Handshake,
  type HandshakeSettings,
  type Link,
  receiveFinished,
  type Transcript,
  writeFinished,
} from "./handshake.ts";
import {
  EXTENSIONS,
  RANDOM_BYTES,
  readHelloVerifyRequest,
  readServerHello,
  readUseSrtp,
  RENEGOTIATION_SCSV,
  type ServerHello,
  SUITES,
  writeClientHello,
  writeNumbers,
  writeUseSrtp,
} from "./hello.ts";
import {
  checkSignature,
  createSignature,
  hasFingerprint,
  SCHEME_LIST,
  SCHEMES,
} from "./identity.ts";
import { createKeyShare, GROUPS } from "./key_exchange.ts";
import { extendedMasterSecret, masterSecret, writeKeys } from "./key_schedule.ts";
import { HANDSHAKE, type Message } from "./message.ts";
import { createProtection } from "./protection.ts";
import { DTLS_1_2 } from "./record.ts";

const GROUP_LIST: readonly number[] = Object.values(GROUPS);
const SUITE_LIST: readonly number[] = Object.values(SUITES);
/** A server that asks for more cookies than this is not serious. */
const MAX_COOKIES = 10;

/** Shakes hands as the client; fails unless the server proves that it is who was announced. */
export function* clientHandshake(link: Link, settings: HandshakeSettings): Handshake {
  const random = randomBytes(RANDOM_BYTES);
  const extensions = offer(settings);
  const [transcript, hello] = yield* greet(link, random, extensions);
  const { srtpProfile, extendedSecret } = agree(hello, extensions, settings);
  const randoms = { client: random, server: hello.random };

  const certificate = readCertificate((yield* transcript.receive(HANDSHAKE.certificate)).body);
  if (!hasFingerprint(certificate, settings.fingerprints())) {
    throw new HandshakeFailure("bad_certificate", "a certificate that the offer did not announce");
  }
  const { body } = yield* transcript.receive(HANDSHAKE.serverKeyExchange);
  const exchange = readServerKeyExchange(body);
  checkSignature(exchange, concat(random, hello.random, exchange.parameters), certificate);
  const share = createShare(exchange);
  const asked = yield* receiveRequest(transcript);

  const { identity } = settings;
  const write = (type: number, body: Uint8Array) => transcript.write(type, body);
  const flight: Message[] = [];
  if (asked) flight.push(write(HANDSHAKE.certificate, writeCertificate(identity.certificate)));
  flight.push(write(HANDSHAKE.clientKeyExchange, writeClientKeyExchange(share.publicKey)));
  const premaster = share.agree(exchange.publicKey);
  const master = extendedSecret
    ? extendedMasterSecret(premaster, transcript.bytes())
    : masterSecret(premaster, randoms);
  if (asked) {
    const signed = createSignature(transcript.bytes(), identity);
    flight.push(write(HANDSHAKE.certificateVerify, writeSigned(signed)));
  }
  const keys = writeKeys(master, randoms);
  link.protect(createProtection(keys.client, keys.server));
  link.send([...flight, "change", writeFinished(transcript, master, "client")]);
  yield* receiveFinished(transcript, master, "server");
  return established("client", srtpProfile, master, randoms);
}

/** Receives the rest of the server's flight; returns whether it asks for a certificate. */
function* receiveRequest(transcript: Transcript): Generator<Expectation, boolean, Message> {
  const { certificateRequest, serverHelloDone } = HANDSHAKE;
  const next = yield* transcript.receive(certificateRequest, serverHelloDone);
  if (next.type === serverHelloDone) return false;
  if (!readCertificateRequest(next.body).includes(SCHEMES.ecdsaSha256)) {
    throw new HandshakeFailure("handshake_failure", "no signature algorithm in common");
  }
  yield* transcript.receive(serverHelloDone);
  return true;
}

function offer({ srtpProfiles }: HandshakeSettings): ReadonlyMap<number, Uint8Array> {
  return new Map<number, Uint8Array>([
    [EXTENSIONS.supportedGroups, writeNumbers(GROUP_LIST)],
    [EXTENSIONS.pointFormats, vector(1, uint(1, 0))],
    [EXTENSIONS.signatureAlgorithms, writeNumbers(SCHEME_LIST)],
    [EXTENSIONS.useSrtp, writeUseSrtp(srtpProfiles)],
    [EXTENSIONS.extendedMasterSecret, new Uint8Array()],
  ]);
}

/** Says hello, with every cookie that the server asks for, until it says hello too. */
function* greet(
  link: Link,
  random: Uint8Array,
  extensions: ReadonlyMap<number, Uint8Array>,
): Generator<Expectation, [Transcript, ServerHello], Message> {
  let cookie: Uint8Array = new Uint8Array();
  const write = (): Message => ({
    type: HANDSHAKE.clientHello,
    sequence: cookie.length > 0 ? 1 : 0,
    body: writeClientHello({
      random,
      cookie,
      suites: [...SUITE_LIST, RENEGOTIATION_SCSV],
      extensions,
    }),
  });
  let hello = write();
  link.send([hello]);
  for (let cookies = 0;;) {
    const types = [HANDSHAKE.serverHello, HANDSHAKE.helloVerifyRequest];
    const message = yield { types, first: 0, last: 1 };
    if (message.type === HANDSHAKE.serverHello) {
      const begun = [hello, message];
      const transcript = createTranscript(begun, message.sequence + 1, hello.sequence + 1);
      return [transcript, readServerHello(message.body)];
    }
    const given = tryReadCookie(message.body);
    if (!given || ++cookies > MAX_COOKIES) continue;
    cookie = given;
    hello = write();
    link.send([hello]);
  }
}

/** Anybody can send one: a malformed one is as if it had not come. */
function tryReadCookie(body: Uint8Array): Uint8Array | undefined {
  try {
    return readHelloVerifyRequest(body);
  } catch {
    return;
  }
}

/** Checks that a server has chosen from what was offered. */
function agree(
  hello: ServerHello,
  offered: ReadonlyMap<number, Uint8Array>,
  { srtpProfiles }: HandshakeSettings,
): { readonly srtpProfile: number | undefined; readonly extendedSecret: boolean } {
  const { version, suite, compression, extensions } = hello;
  if (version !== DTLS_1_2) {
    throw new HandshakeFailure("protocol_version", "a server that does not know DTLS 1.2");
  }
  if (!SUITE_LIST.includes(suite) || compression !== 0) {
    throw new HandshakeFailure("illegal_parameter", "a cipher suite that was not offered");
  }
  const renegotiated = extensions.get(EXTENSIONS.renegotiationInfo);
  if (renegotiated && createReader(renegotiated).vector(1).length > 0) {
    throw new HandshakeFailure("handshake_failure", "a renegotiation of what never was");
  }
  for (const type of extensions.keys()) {
    // The signalling suite stands for an empty renegotiation_info.
    if (!offered.has(type) && type !== EXTENSIONS.renegotiationInfo) {
      throw new HandshakeFailure("unsupported_extension", "an extension that was not offered");
    }
  }
  const { profiles: [srtpProfile, ...more], mki } = readUseSrtp(extensions.get(EXTENSIONS.useSrtp));
  const known = srtpProfile === undefined || srtpProfiles.includes(srtpProfile);
  if (!known || more.length > 0 || mki.length > 0) {
    throw new HandshakeFailure("illegal_parameter", "an SRTP profile that was not offered");
  }
  return { srtpProfile, extendedSecret: extensions.has(EXTENSIONS.extendedMasterSecret) };
}

function createShare({ group }: ServerKeyExchange) {
  if (!GROUP_LIST.includes(group)) {
    throw new HandshakeFailure("illegal_parameter", "a group that was not offered");
  }
  return createKeyShare(group);
}
