/**
 * What reads DTLS: its messages alone, and both roles of an endpoint before, in and after a handshake.
 */
import {
  readCertificate,
  readCertificateRequest,
  readClientKeyExchange,
  readServerKeyExchange,
  readSigned,
} from "../../src/ways/webrtc/dtls/credentials.ts";
import { clientHandshake } from "../../src/ways/webrtc/dtls/client.ts";
import { createEndpoint, type Endpoint } from "../../src/ways/webrtc/dtls/endpoint.ts";
import { HandshakeFailure } from "../../src/ways/webrtc/dtls/failure.ts";
import type { Link } from "../../src/ways/webrtc/dtls/handshake.ts";
import {
  readClientHello,
  readHelloVerifyRequest,
  readNumbers,
  readServerHello,
  readUseSrtp,
} from "../../src/ways/webrtc/dtls/hello.ts";
import { HANDSHAKE, parseFragments } from "../../src/ways/webrtc/dtls/message.ts";
import type { Protection } from "../../src/ways/webrtc/dtls/protection.ts";
import { createReassembly, MAX_KEPT_BYTES } from "../../src/ways/webrtc/dtls/reassembly.ts";
import { CONTENT, parseRecords } from "../../src/ways/webrtc/dtls/record.ts";
import { serverHandshake } from "../../src/ways/webrtc/dtls/server.ts";
import { createIdentity } from "../webrtc/dtls/identities.ts";
import { settingsOf } from "../webrtc/dtls/wire.ts";
import { DATAGRAM_BYTES, holds, MEGABYTE, type Target } from "./parsers.ts";
import { dtlsShape } from "./shapes.ts";

const [ours, theirs] = await Promise.all([createIdentity(), createIdentity()]);
const datagrams = { maxBytes: DATAGRAM_BYTES, mostBytes: MEGABYTE };

/** One end of a session whose wire is moved by hand. */
interface HeldEnd {
  readonly endpoint: Endpoint;
  readonly protection: () => Protection | undefined;
  readonly state: { established: boolean; ended: boolean; received: number };
  /** What it has sent and nobody has got yet. */
  readonly sent: Uint8Array[];
}

function heldEnd(handshake: (link: Link) => ReturnType<typeof clientHandshake>): HeldEnd {
  const state = { established: false, ended: false, received: 0 };
  const sent: Uint8Array[] = [];
  let protection: Protection | undefined;
  const endpoint = createEndpoint((link) =>
    handshake({
      ...link,
      protect(made) {
        protection = made;
        link.protect(made);
      },
    }), {
    transmit: (datagram) => void sent.push(datagram),
    onConnect: () => state.established = true,
    onData: () => state.received++,
    onEnd: () => state.ended = true,
  });
  return { endpoint, protection: () => protection, state, sent };
}

/** Both ends of a session, which has begun. */
function session() {
  const client = heldEnd((link) => clientHandshake(link, settingsOf(theirs, ours)));
  const server = heldEnd((link) => serverHandshake(link, settingsOf(ours, theirs)));
  server.endpoint.start();
  client.endpoint.start();
  return {
    client,
    server,
    /** Moves the next datagram; false when there is none. */
    move(): boolean {
      const [from, to] = client.sent.length > 0 ? [client, server] : [server, client];
      const datagram = from.sent.shift();
      if (datagram) to.endpoint.receive(datagram);
      return datagram !== undefined;
    },
    close() {
      client.endpoint.close();
      server.endpoint.close();
    },
  };
}

/** The datagrams of a whole handshake. */
function recorded(): Uint8Array[] {
  const { client, server, move, close } = session();
  const all: Uint8Array[] = [];
  do all.push(...client.sent, ...server.sent); while (move());
  close();
  return [...new Set(all)];
}

const RECORDED = recorded();

const READERS = new Map<number, (body: Uint8Array) => unknown>([
  [HANDSHAKE.clientHello, (body) => readExtensions(readClientHello(body).extensions)],
  [HANDSHAKE.serverHello, (body) => readExtensions(readServerHello(body).extensions)],
  [HANDSHAKE.helloVerifyRequest, readHelloVerifyRequest],
  [HANDSHAKE.certificate, readCertificate],
  [HANDSHAKE.serverKeyExchange, readServerKeyExchange],
  [HANDSHAKE.certificateRequest, readCertificateRequest],
  [HANDSHAKE.certificateVerify, readSigned],
  [HANDSHAKE.clientKeyExchange, readClientKeyExchange],
]);

function readExtensions(extensions: ReadonlyMap<number, Uint8Array>): void {
  for (const content of extensions.values()) {
    tolerant(() => readNumbers(content));
    tolerant(() => readUseSrtp(content));
  }
}

/** A failure of the handshake is an answer like any other. */
function tolerant(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof HandshakeFailure)) throw error;
  }
}

const MESSAGES: Target = {
  ...datagrams,
  name: "DTLS messages",
  samples: RECORDED,
  shapeOf: dtlsShape,
  begin() {
    const reassembly = createReassembly();
    return {
      take(bytes) {
        const records = parseRecords(bytes);
        const length = records.reduce((sum, { body }) => sum + 13 + body.length, 0);
        holds(length <= bytes.length, "records are within their datagram");
        for (const { body } of records) {
          const fragments = parseFragments(body);
          const inside = fragments.reduce((sum, { bytes }) => sum + 12 + bytes.length, 0);
          holds(inside <= body.length, "fragments are within their record");
          for (const fragment of fragments) {
            const { type, sequence, offset } = fragment;
            const end = offset + fragment.bytes.length;
            holds(end <= fragment.length, "a fragment is within its message");
            const whole = fragment.bytes.length === fragment.length;
            if (whole) tolerant(() => READERS.get(type)?.(fragment.bytes));
            reassembly.add(fragment, 0);
            const message = reassembly.take(sequence, [type]);
            holds(!message || message.body.length === fragment.length, "whole is what it said");
            if (message) tolerant(() => READERS.get(type)?.(message.body));
          }
        }
        holds(reassembly.size <= MAX_KEPT_BYTES, "little is kept");
      },
    };
  },
};

/** Between two datagrams of the handshake so many hostile ones come. */
const BETWEEN = 9;

/** An endpoint that gets what anybody may have sent, before, between and after what its peer sends. */
const endpoint = (role: "client" | "server"): Target => ({
  ...datagrams,
  name: `DTLS ${role}`,
  samples: RECORDED,
  shapeOf: dtlsShape,
  begin() {
    let both = session();
    let taken = 0;
    const other = role === "client" ? "server" : "client";
    const isUp = () => both.client.state.established && both.server.state.established;
    return {
      take(bytes) {
        const wasUp = isUp();
        both[role].endpoint.receive(bytes);
        const { ended, received } = both[role].state;
        holds(!(wasUp && ended), "nothing ends a session that nobody has proved");
        holds(received === 0, "nothing is heard that nobody has proved");
        if (++taken % BETWEEN === 0) both.move();
        if (!both[role].state.ended) return;
        both.close();
        both = session();
      },
      end() {
        while (both.move());
        if (isUp()) {
          both[other].endpoint.send(Uint8Array.of(1));
          while (both.move());
          holds(both[role].state.received === 1, "data still arrives");
        }
        both.close();
      },
    };
  },
});

/** An endpoint whose peer has the keys and means harm. */
const insider = (role: "client" | "server"): Target => ({
  ...datagrams,
  name: `DTLS ${role}, sealed`,
  samples: [
    ...RECORDED.flatMap(parseRecords).filter(({ type }) => type === CONTENT.handshake)
      .map(({ body }) => body.slice()),
    Uint8Array.of(1, 0),
    Uint8Array.of(2, 40),
    new Uint8Array(1200),
  ],
  shapeOf: dtlsShape,
  begin() {
    let both = session();
    let taken = 0;
    const other = role === "client" ? "server" : "client";
    const TYPES = [...Object.values(CONTENT), 0, 24, 255];
    return {
      take(bytes) {
        while (both.move());
        const protection = both[other].protection();
        const type = TYPES[taken++ % TYPES.length]!;
        if (protection) both[role].endpoint.receive(protection.seal(type, bytes));
        both.client.sent.length = both.server.sent.length = 0;
        if (!both[role].state.ended) return;
        both.close();
        both = session();
      },
      end: () => both.close(),
    };
  },
});

/** All that reads DTLS. */
export const DTLS_PARSERS: readonly Target[] = [
  MESSAGES,
  endpoint("client"),
  endpoint("server"),
  insider("client"),
  insider("server"),
];
