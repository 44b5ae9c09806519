/**
 * The handshake of a DTLS server that asks its client for a certificate.
 *
 * @module
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { concat } from "../../../core/bytes.ts";
import { createReader, uint, vector } from "./bytes.ts";
import {
  readCertificate,
  readClientKeyExchange,
  readSigned,
  writeCertificate,
  writeCertificateRequest,
  writeKeyParameters,
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
  writeFinished,
} from "./handshake.ts";
import {
  type ClientHello,
  EXTENSIONS,
  RANDOM_BYTES,
  readClientHello,
  readNumbers,
  readUseSrtp,
  SUITES,
  writeHelloVerifyRequest,
  writeServerHello,
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
const SECRET_BYTES = 32;

/** Shakes hands as the server; fails unless the client proves that it is who was announced. */
export function* serverHandshake(link: Link, settings: HandshakeSettings): Handshake {
  const [hello, message] = yield* acceptHello(link);
  const transcript = createTranscript([message], message.sequence + 1, message.sequence);
  link.accept();
  const agreed = agree(hello, settings);
  const share = createKeyShare(agreed.group);
  const randoms = { client: hello.random, server: randomBytes(RANDOM_BYTES) };
  const parameters = writeKeyParameters(agreed.group, share.publicKey);
  const { identity } = settings;
  const signed = createSignature(concat(randoms.client, randoms.server, parameters), identity);
  link.send([
    transcript.write(
      HANDSHAKE.serverHello,
      writeServerHello({
        random: randoms.server,
        suite: SUITES.ecdheEcdsaAes128Gcm,
        extensions: agreed.extensions,
      }),
    ),
    transcript.write(HANDSHAKE.certificate, writeCertificate(identity.certificate)),
    transcript.write(HANDSHAKE.serverKeyExchange, concat(parameters, writeSigned(signed))),
    transcript.write(HANDSHAKE.certificateRequest, writeCertificateRequest(SCHEME_LIST)),
    transcript.write(HANDSHAKE.serverHelloDone, new Uint8Array()),
  ]);

  const certificate = readCertificate((yield* transcript.receive(HANDSHAKE.certificate)).body);
  if (!hasFingerprint(certificate, settings.fingerprints())) {
    throw new HandshakeFailure("bad_certificate", "a certificate that the offer did not announce");
  }
  const key = readClientKeyExchange((yield* transcript.receive(HANDSHAKE.clientKeyExchange)).body);
  const premaster = share.agree(key);
  const master = agreed.extendedSecret
    ? extendedMasterSecret(premaster, transcript.bytes())
    : masterSecret(premaster, randoms);
  const proven = transcript.bytes();
  const proof = readSigned((yield* transcript.receive(HANDSHAKE.certificateVerify)).body);
  checkSignature(proof, proven, certificate);
  const keys = writeKeys(master, randoms);
  link.protect(createProtection(keys.server, keys.client));
  yield* receiveFinished(transcript, master, "client");
  link.send(["change", writeFinished(transcript, master, "server")]);
  return established("server", agreed.srtpProfile, master, randoms);
}

/**
 * Waits for a ClientHello with the cookie that this side gave for it. Until then nothing is kept
 * and little is computed: the cookie is a keyed hash of what it was given for.
 */
function* acceptHello(link: Link): Generator<Expectation, [ClientHello, Message], Message> {
  const secret = randomBytes(SECRET_BYTES);
  for (;;) {
    const message = yield { types: [HANDSHAKE.clientHello], first: 0, last: 1 };
    const hello = tryReadHello(message.body);
    if (!hello) continue;
    const cookie = cookieOf(hello, secret);
    if (hello.cookie.length === cookie.length && timingSafeEqual(hello.cookie, cookie)) {
      return [hello, message];
    }
    const body = writeHelloVerifyRequest(cookie);
    link.reply({ type: HANDSHAKE.helloVerifyRequest, sequence: 0, body });
  }
}

/** A stranger's hello: a malformed one is as if it had not come. */
function tryReadHello(body: Uint8Array): ClientHello | undefined {
  try {
    return readClientHello(body);
  } catch {
    return;
  }
}

/** Covers what a client repeats with its cookie (RFC 6347 section 4.2.1). */
function cookieOf(hello: ClientHello, secret: Uint8Array): Uint8Array {
  return createHmac("sha256", secret).update(concat(
    uint(2, hello.version),
    hello.random,
    vector(1, hello.sessionId),
    vector(2, ...hello.suites.map((suite) => uint(2, suite))),
    hello.compressions,
  )).digest();
}

interface Agreed {
  readonly group: number;
  readonly srtpProfile: number | undefined;
  readonly extendedSecret: boolean;
  readonly extensions: ReadonlyMap<number, Uint8Array>;
}

/** Chooses from what a client offers. */
function agree(hello: ClientHello, { srtpProfiles }: HandshakeSettings): Agreed {
  const { extensions: offered } = hello;
  // Versions count downwards from 0xfeff.
  if (hello.version >> 8 !== DTLS_1_2 >> 8 || hello.version > DTLS_1_2) {
    throw new HandshakeFailure("protocol_version", "a client that does not know DTLS 1.2");
  }
  if (!hello.suites.includes(SUITES.ecdheEcdsaAes128Gcm) || !hello.compressions.includes(0)) {
    throw new HandshakeFailure("handshake_failure", "no cipher suite in common");
  }
  const schemes = readNumbers(offered.get(EXTENSIONS.signatureAlgorithms));
  if (!schemes.includes(SCHEMES.ecdsaSha256)) {
    throw new HandshakeFailure("handshake_failure", "no signature algorithm in common");
  }
  // A client that names no group leaves the choice to the server (RFC 8422 section 4).
  const groups = offered.has(EXTENSIONS.supportedGroups)
    ? readNumbers(offered.get(EXTENSIONS.supportedGroups))
    : [GROUPS.secp256r1];
  const group = groups.find((known) => GROUP_LIST.includes(known));
  if (group === undefined) {
    throw new HandshakeFailure("handshake_failure", "no group in common");
  }
  const renegotiated = offered.get(EXTENSIONS.renegotiationInfo);
  if (renegotiated && createReader(renegotiated).vector(1).length > 0) {
    throw new HandshakeFailure("handshake_failure", "a renegotiation of what never was");
  }
  const { profiles } = readUseSrtp(offered.get(EXTENSIONS.useSrtp));
  const srtpProfile = srtpProfiles.find((profile) => profiles.includes(profile));
  if (profiles.length > 0 && srtpProfile === undefined) {
    throw new HandshakeFailure("handshake_failure", "no SRTP profile in common");
  }
  const extendedSecret = offered.has(EXTENSIONS.extendedMasterSecret);
  const extensions = new Map<number, Uint8Array>([[EXTENSIONS.renegotiationInfo, vector(1)]]);
  if (extendedSecret) extensions.set(EXTENSIONS.extendedMasterSecret, new Uint8Array());
  // A master key identifier is not taken up (RFC 5764 section 4.1.3).
  if (srtpProfile !== undefined) {
    extensions.set(EXTENSIONS.useSrtp, writeUseSrtp([srtpProfile]));
  }
  if (offered.has(EXTENSIONS.pointFormats)) {
    extensions.set(EXTENSIONS.pointFormats, vector(1, uint(1, 0)));
  }
  return { group, srtpProfile, extendedSecret, extensions };
}
