/**
 * Handshakes of both roles that do one thing otherwise than they should: each step of theirs can be
 * replaced, and the signatures, the transcript and the keys still fit what they have sent.
 */
import { randomBytes } from "node:crypto";
import { concat } from "../../../src/core/bytes.ts";
import { uint, vector } from "../../../src/ways/webrtc/dtls/bytes.ts";
import {
  readServerKeyExchange,
  type Signed,
  writeCertificate,
  writeCertificateRequest,
  writeClientKeyExchange,
  writeKeyParameters,
  writeSigned,
} from "../../../src/ways/webrtc/dtls/credentials.ts";
import {
  createTranscript,
  established,
  type Flight,
  type Handshake,
  type HandshakeSettings,
  type Link,
} from "../../../src/ways/webrtc/dtls/handshake.ts";
import {
  EXTENSIONS,
  readClientHello,
  readHelloVerifyRequest,
  readServerHello,
  writeClientHello,
  writeHelloVerifyRequest,
  writeNumbers,
  writeServerHello,
  writeUseSrtp,
} from "../../../src/ways/webrtc/dtls/hello.ts";
import { createSignature } from "../../../src/ways/webrtc/dtls/identity.ts";
import { createKeyShare } from "../../../src/ways/webrtc/dtls/key_exchange.ts";
import {
  extendedMasterSecret,
  masterSecret,
  verifyData,
  writeKeys,
} from "../../../src/ways/webrtc/dtls/key_schedule.ts";
import { HANDSHAKE } from "../../../src/ways/webrtc/dtls/message.ts";
import { createProtection } from "../../../src/ways/webrtc/dtls/protection.ts";
import type { HandshakeOf } from "./wire.ts";

/** A step that is taken otherwise: it is given what it should be. */
type Change<T> = (right: T) => T;

/** What both roles can do otherwise. */
interface SharedTwist {
  /** The list of extensions. */
  readonly extensions?: Change<Map<number, Uint8Array>>;
  /** The body of Certificate. */
  readonly certificate?: Change<Uint8Array>;
  /** CertificateVerify, or the signature of ServerKeyExchange. */
  readonly signed?: Change<Signed>;
  readonly publicKey?: Change<Uint8Array>;
  /** The body of Finished. */
  readonly finished?: Change<Uint8Array>;
  /** The flight that ends in Finished. */
  readonly last?: Change<Flight>;
}

/** What a client does otherwise. */
export interface ClientTwist extends SharedTwist {
  readonly suites?: readonly number[];
  /** The whole body of ClientHello; what it then says about itself is its own affair. */
  readonly hello?: Change<Uint8Array>;
  readonly cookie?: Change<Uint8Array>;
}

/** What a server does otherwise. */
export interface ServerTwist extends SharedTwist {
  readonly suite?: number;
  readonly group?: number;
  /** The whole body of ServerHello. */
  readonly hello?: Change<Uint8Array>;
  /** Asks for no certificate. */
  readonly anonymous?: boolean;
  /** Says hello without a cookie, as browsers do. */
  readonly trusting?: boolean;
}

const same = <T>(right: T): T => right;
const X25519 = 29;
const ECDHE_ECDSA = 0xc02b;

/** A client with a twist. */
export function scriptedClient(settings: HandshakeSettings, twist: ClientTwist = {}): HandshakeOf {
  return (link) => runClient(link, settings, twist);
}

/** A server with a twist. */
export function scriptedServer(settings: HandshakeSettings, twist: ServerTwist = {}): HandshakeOf {
  return (link) => runServer(link, settings, twist);
}

function* runClient(
  link: Link,
  { identity, srtpProfiles }: HandshakeSettings,
  twist: ClientTwist,
): Handshake {
  const random = randomBytes(32);
  const extensions = (twist.extensions ?? same)(
    new Map([
      [EXTENSIONS.supportedGroups, writeNumbers([X25519])],
      [EXTENSIONS.signatureAlgorithms, writeNumbers([0x0403])],
      [EXTENSIONS.useSrtp, writeUseSrtp(srtpProfiles)],
      [EXTENSIONS.extendedMasterSecret, new Uint8Array()],
    ]),
  );
  const { suites = [ECDHE_ECDSA] } = twist;
  const write = (cookie: Uint8Array, sequence: number) => ({
    type: HANDSHAKE.clientHello,
    sequence,
    body: (twist.hello ?? same)(writeClientHello({ random, cookie, suites, extensions })),
  });
  link.send([write(new Uint8Array(), 0)]);
  const verify = yield { types: [HANDSHAKE.helloVerifyRequest], first: 0, last: 0 };
  const hello = write((twist.cookie ?? same)(readHelloVerifyRequest(verify.body)), 1);
  link.send([hello]);
  const answer = yield { types: [HANDSHAKE.serverHello], first: 1, last: 1 };
  const { random: serverRandom, extensions: chosen } = readServerHello(answer.body);
  const randoms = { client: random, server: serverRandom };
  const transcript = createTranscript([hello, answer], 2, 2);
  yield* transcript.receive(HANDSHAKE.certificate);
  const { body } = yield* transcript.receive(HANDSHAKE.serverKeyExchange);
  const exchange = readServerKeyExchange(body);
  yield* transcript.receive(HANDSHAKE.certificateRequest);
  yield* transcript.receive(HANDSHAKE.serverHelloDone);
  const share = createKeyShare(exchange.group);
  const certificate = (twist.certificate ?? same)(writeCertificate(identity.certificate));
  const own = transcript.write(HANDSHAKE.certificate, certificate);
  const publicKey = (twist.publicKey ?? same)(share.publicKey);
  const key = transcript.write(HANDSHAKE.clientKeyExchange, writeClientKeyExchange(publicKey));
  const premaster = share.agree(exchange.publicKey);
  const master = chosen.has(EXTENSIONS.extendedMasterSecret)
    ? extendedMasterSecret(premaster, transcript.bytes())
    : masterSecret(premaster, randoms);
  const signed = (twist.signed ?? same)(createSignature(transcript.bytes(), identity));
  const proof = transcript.write(HANDSHAKE.certificateVerify, writeSigned(signed));
  const keys = writeKeys(master, randoms);
  link.protect(createProtection(keys.client, keys.server));
  const data = (twist.finished ?? same)(verifyData(master, "client", transcript.bytes()));
  const finished = transcript.write(HANDSHAKE.finished, data);
  link.send((twist.last ?? same)([own, key, proof, "change", finished]));
  yield* transcript.receive(HANDSHAKE.finished);
  return established("client", srtpProfiles[0], master, randoms);
}

function* runServer(
  link: Link,
  { identity, srtpProfiles }: HandshakeSettings,
  twist: ServerTwist,
): Handshake {
  let message = yield { types: [HANDSHAKE.clientHello], first: 0, last: 0 };
  if (!twist.trusting) {
    const body = writeHelloVerifyRequest(randomBytes(20));
    link.reply({ type: HANDSHAKE.helloVerifyRequest, sequence: 0, body });
    message = yield { types: [HANDSHAKE.clientHello], first: 1, last: 1 };
  }
  const offered = readClientHello(message.body);
  const randoms = { client: offered.random, server: randomBytes(32) };
  const transcript = createTranscript([message], message.sequence + 1, message.sequence);
  link.accept();
  const { suite = ECDHE_ECDSA, group = X25519, anonymous = false } = twist;
  const extensions = (twist.extensions ?? same)(
    new Map([
      [EXTENSIONS.useSrtp, writeUseSrtp(srtpProfiles.slice(0, 1))],
      [EXTENSIONS.extendedMasterSecret, new Uint8Array()],
      [EXTENSIONS.renegotiationInfo, vector(1)],
    ]),
  );
  const share = createKeyShare(group);
  const parameters = writeKeyParameters(group, (twist.publicKey ?? same)(share.publicKey));
  const signed = (twist.signed ?? same)(
    createSignature(concat(randoms.client, randoms.server, parameters), identity),
  );
  const hello = writeServerHello({ random: randoms.server, suite, extensions });
  const certificate = (twist.certificate ?? same)(writeCertificate(identity.certificate));
  link.send([
    transcript.write(HANDSHAKE.serverHello, (twist.hello ?? same)(hello)),
    transcript.write(HANDSHAKE.certificate, certificate),
    transcript.write(HANDSHAKE.serverKeyExchange, concat(parameters, writeSigned(signed))),
    ...(anonymous ? [] : [
      transcript.write(HANDSHAKE.certificateRequest, writeCertificateRequest([0x0403])),
    ]),
    transcript.write(HANDSHAKE.serverHelloDone, new Uint8Array()),
  ]);
  if (!anonymous) yield* transcript.receive(HANDSHAKE.certificate);
  const { body } = yield* transcript.receive(HANDSHAKE.clientKeyExchange);
  const premaster = share.agree(body.subarray(1));
  const master = extensions.has(EXTENSIONS.extendedMasterSecret)
    ? extendedMasterSecret(premaster, transcript.bytes())
    : masterSecret(premaster, randoms);
  if (!anonymous) yield* transcript.receive(HANDSHAKE.certificateVerify);
  const keys = writeKeys(master, randoms);
  link.protect(createProtection(keys.server, keys.client));
  yield* transcript.receive(HANDSHAKE.finished);
  const data = (twist.finished ?? same)(verifyData(master, "server", transcript.bytes()));
  const finished = transcript.write(HANDSHAKE.finished, data);
  link.send((twist.last ?? same)(["change", finished]));
  return established("server", srtpProfiles[0], master, randoms);
}

/** Extensions with one more, or another one. */
export function withExtension(type: number, content: Uint8Array): Change<Map<number, Uint8Array>> {
  return (right) => new Map([...right, [type, content]]);
}

/** Extensions without one. */
export function withoutExtension(type: number): Change<Map<number, Uint8Array>> {
  return (right) => new Map([...right].filter(([other]) => other !== type));
}

/** A use_srtp with a master key identifier. */
export function srtpWithKeyId(profiles: readonly number[]): Uint8Array {
  return concat(writeNumbers(profiles), vector(1, uint(2, 0x0102)));
}
