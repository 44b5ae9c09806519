import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { concat } from "../../../src/core/bytes.ts";
import { uint, vector } from "../../../src/ways/webrtc/dtls/bytes.ts";
import { clientHandshake } from "../../../src/ways/webrtc/dtls/client.ts";
import { EXTENSIONS, writeNumbers, writeUseSrtp } from "../../../src/ways/webrtc/dtls/hello.ts";
import { serverHandshake } from "../../../src/ways/webrtc/dtls/server.ts";
import { createIdentity } from "./identities.ts";
import {
  type ClientTwist,
  scriptedClient,
  scriptedServer,
  type ServerTwist,
  srtpWithKeyId,
  withExtension,
  withoutExtension,
} from "./scripted.ts";
import { arrived, flipped, pair, PROFILES, settingsOf } from "./wire.ts";

const [ours, theirs, stranger, rsa] = await Promise.all([
  createIdentity(),
  createIdentity(),
  createIdentity(),
  createIdentity("rsa"),
]);
const server = settingsOf(ours, theirs);
const client = settingsOf(theirs, ours);

/** What a server of ours ends a handshake with; nothing when it is connected. */
async function served(twist: ClientTwist, settings = server): Promise<string | undefined> {
  using both = pair(scriptedClient(client, twist), (link) => serverHandshake(link, settings));
  await both.settled();
  await arrived();
  assert.equal(both.server.ended?.left, both.server.ended ? false : undefined);
  assert.equal(both.server.established === undefined, both.server.ended !== undefined);
  return both.server.ended?.left === false ? both.server.ended.reason : undefined;
}

/** What a client of ours ends a handshake with; nothing when it is connected. */
async function greeted(twist: ServerTwist, settings = client): Promise<string | undefined> {
  using both = pair((link) => clientHandshake(link, settings), scriptedServer(server, twist));
  await both.settled();
  await arrived();
  assert.equal(both.client.established === undefined, both.client.ended !== undefined);
  return both.client.ended?.left === false ? both.client.ended.reason : undefined;
}

Deno.test("a client and a server agree on keys and a profile, and then data flows both ways", async () => {
  using both = pair(
    (link) => clientHandshake(link, client),
    (link) => serverHandshake(link, server),
  );

  await both.settled();
  both.client.endpoint.send(Uint8Array.of(1, 2, 3));
  both.server.endpoint.send(Uint8Array.of(4, 5));
  await arrived();

  const [one, two] = [both.client.established, both.server.established];
  assert.equal(one?.srtpProfile, 7, "AES-GCM is preferred");
  assert.equal(two?.srtpProfile, 7);
  assert.deepEqual(one?.exportKeys("label", 60), two?.exportKeys("label", 60));
  assert.deepEqual([both.server.received, both.client.received], [
    [Buffer.from([1, 2, 3])],
    [Buffer.from([4, 5])],
  ]);
});

const CLIENTS_TAKEN: Record<string, ClientTwist> = {
  "as it should be": {},
  "P-256 alone": {
    extensions: withExtension(EXTENSIONS.supportedGroups, writeNumbers([23])),
  },
  "an unknown group first": {
    extensions: withExtension(EXTENSIONS.supportedGroups, writeNumbers([0x11ec, 24, 23])),
  },
  "no list of groups": { extensions: withoutExtension(EXTENSIONS.supportedGroups) },
  "no extended master secret": { extensions: withoutExtension(EXTENSIONS.extendedMasterSecret) },
  "the counter mode alone": {
    extensions: withExtension(EXTENSIONS.useSrtp, writeUseSrtp([5, 1])),
  },
  "no SRTP, for data alone": { extensions: withoutExtension(EXTENSIONS.useSrtp) },
  "a key identifier, which is not taken up": {
    extensions: withExtension(EXTENSIONS.useSrtp, srtpWithKeyId(PROFILES)),
  },
  "many suites and extensions that nobody knows": {
    suites: [0x1301, 0x5a5a, 0xc02b, 0x00ff],
    extensions: withExtension(0x1234, new Uint8Array(1400)),
  },
  "a chain of certificates, of which the first counts": {
    certificate: (right) =>
      vector(3, right.subarray(3), vector(3, stranger.certificate), vector(3, new Uint8Array(9))),
  },
  "everything twice at the end": { last: (right) => [...right, ...right.slice(-2)] },
  "the change of the cipher twice": {
    last: (right) => [...right.slice(0, -1), "change", ...right.slice(-1)],
  },
};

Deno.test("clients of every kind are taken", async (test) => {
  for (const [name, twist] of Object.entries(CLIENTS_TAKEN)) {
    await test.step(name, async () => assert.equal(await served(twist), undefined));
  }
});

const CLIENTS_REFUSED: Record<string, readonly [ClientTwist, RegExp]> = {
  "a certificate that the offer did not announce": [
    { certificate: () => vector(3, vector(3, stranger.certificate)) },
    /announce/,
  ],
  "no certificate": [{ certificate: () => vector(3) }, /no certificate/],
  "a certificate of no bytes": [{ certificate: () => vector(3, vector(3)) }, /announce/],
  "a cut certificate": [{ certificate: (right) => right.subarray(0, 100) }, /cut/],
  "a proof with another key": [
    { signed: ({ scheme, signature }) => ({ scheme, signature: flipped(signature) }) },
    /not the certificate's/,
  ],
  "an empty proof": [
    { signed: ({ scheme }) => ({ scheme, signature: new Uint8Array() }) },
    /not the certificate's/,
  ],
  "a proof with SHA-1": [
    { signed: ({ signature }) => ({ scheme: 0x0203, signature }) },
    /not offered/,
  ],
  "a proof with RSA-PSS": [
    { signed: ({ signature }) => ({ scheme: 0x0804, signature }) },
    /not offered/,
  ],
  "a proof of an unknown kind": [
    { signed: ({ signature }) => ({ scheme: 0xfefe, signature }) },
    /not offered/,
  ],
  "a Finished of another handshake": [{ finished: flipped }, /Finished/],
  "a Finished cut short": [{ finished: (right) => right.subarray(0, 8) }, /Finished/],
  "no suite in common": [{ suites: [0x1301, 0xc00a, 0x002f] }, /suite/],
  "no profile in common": [
    { extensions: withExtension(EXTENSIONS.useSrtp, writeUseSrtp([2, 99])) },
    /profile/,
  ],
  "no signature algorithm in common": [
    { extensions: withExtension(EXTENSIONS.signatureAlgorithms, writeNumbers([0x0203, 0x0804])) },
    /signature algorithm/,
  ],
  "no group in common": [
    { extensions: withExtension(EXTENSIONS.supportedGroups, writeNumbers([24, 25])) },
    /group/,
  ],
  "a renegotiation": [
    { extensions: withExtension(EXTENSIONS.renegotiationInfo, vector(1, new Uint8Array(12))) },
    /renegotiation/,
  ],
  "DTLS 1.0": [
    { hello: (right) => concat(uint(2, 0xfeff), right.subarray(2)) },
    /DTLS 1.2/,
  ],
  "an extension that is cut": [
    { extensions: withExtension(EXTENSIONS.useSrtp, Uint8Array.of(0, 9, 1)) },
    /cut/,
  ],
  "a public key of no bytes": [{ publicKey: () => new Uint8Array() }, /no point/],
  "a public key of zeros": [{ publicKey: (right) => new Uint8Array(right.length) }, /no point/],
  "a public key that is too long": [{ publicKey: (right) => concat(right, right) }, /no point/],
  "a P-256 key that is no point": [
    {
      extensions: withExtension(EXTENSIONS.supportedGroups, writeNumbers([23])),
      publicKey: (right) => concat(right.subarray(0, 1), new Uint8Array(64).fill(9)),
    },
    /no point/,
  ],
};

Deno.test("clients that cannot be trusted or understood are refused", async (test) => {
  for (const [name, [twist, reason]] of Object.entries(CLIENTS_REFUSED)) {
    await test.step(name, async () => assert.match(await served(twist) ?? "taken", reason));
  }
});

const SERVERS_TAKEN: Record<string, ServerTwist> = {
  "as it should be": {},
  "without a cookie, as browsers are": { trusting: true },
  "P-256": { group: 23 },
  "no extended master secret": { extensions: withoutExtension(EXTENSIONS.extendedMasterSecret) },
  "nothing about renegotiation": { extensions: withoutExtension(EXTENSIONS.renegotiationInfo) },
  "no SRTP, for data alone": { extensions: withoutExtension(EXTENSIONS.useSrtp) },
  "asks for no certificate": { anonymous: true },
};

Deno.test("servers of every kind are taken", async (test) => {
  for (const [name, twist] of Object.entries(SERVERS_TAKEN)) {
    await test.step(name, async () => assert.equal(await greeted(twist), undefined));
  }
});

const SERVERS_REFUSED: Record<string, readonly [ServerTwist, RegExp]> = {
  "a certificate that the offer did not announce": [
    { certificate: () => vector(3, vector(3, stranger.certificate)) },
    /announce/,
  ],
  "no certificate": [{ certificate: () => vector(3) }, /no certificate/],
  "keys that its certificate has not signed": [
    { signed: ({ scheme, signature }) => ({ scheme, signature: flipped(signature) }) },
    /not the certificate's/,
  ],
  "keys signed with SHA-1": [
    { signed: ({ signature }) => ({ scheme: 0x0203, signature }) },
    /not offered/,
  ],
  "keys signed with RSA, and a certificate for ECDSA": [
    { signed: ({ signature }) => ({ scheme: 0x0401, signature }) },
    /not offered/,
  ],
  "a suite that was not offered": [{ suite: 0x002f }, /suite/],
  "a group that was not offered": [
    { publicKey: () => new Uint8Array(97), group: 24 },
    /group/,
  ],
  "an extension that was not offered": [
    { extensions: withExtension(35, new Uint8Array()) },
    /extension/,
  ],
  "a profile that was not offered": [
    { extensions: withExtension(EXTENSIONS.useSrtp, writeUseSrtp([2])) },
    /profile/,
  ],
  "two profiles": [
    { extensions: withExtension(EXTENSIONS.useSrtp, writeUseSrtp([7, 1])) },
    /profile/,
  ],
  "a key identifier": [
    { extensions: withExtension(EXTENSIONS.useSrtp, srtpWithKeyId([7])) },
    /profile/,
  ],
  "a renegotiation": [
    { extensions: withExtension(EXTENSIONS.renegotiationInfo, vector(1, new Uint8Array(24))) },
    /renegotiation/,
  ],
  "DTLS 1.0": [{ hello: (right) => concat(uint(2, 0xfeff), right.subarray(2)) }, /DTLS 1.2/],
  "a cut hello": [{ hello: (right) => right.subarray(0, 36) }, /cut/],
  "a public key of zeros": [{ publicKey: (right) => new Uint8Array(right.length) }, /no point/],
  "a Finished of another handshake": [{ finished: flipped }, /Finished/],
};

Deno.test("servers that cannot be trusted or understood are refused", async (test) => {
  for (const [name, [twist, reason]] of Object.entries(SERVERS_REFUSED)) {
    await test.step(name, async () => assert.match(await greeted(twist) ?? "taken", reason));
  }
});

Deno.test("a certificate of RSA is taken in both roles", async () => {
  // The scripts sign with ECDSA's number: RSA's takes its place.
  const signed = ({ signature }: { signature: Uint8Array }) => ({ scheme: 0x0401, signature });
  {
    using both = pair(
      scriptedClient(settingsOf(rsa, ours), { signed }),
      (link) => serverHandshake(link, settingsOf(ours, rsa)),
    );
    await both.settled();
    assert.deepEqual([both.client.ended, both.server.ended], [undefined, undefined]);
  }
  using both = pair(
    (link) => clientHandshake(link, settingsOf(theirs, rsa)),
    scriptedServer(settingsOf(rsa, theirs), { signed, suite: 0xc02f }),
  );
  await both.settled();
  assert.deepEqual([both.client.ended, both.server.ended], [undefined, undefined]);
});

Deno.test("a wrong cookie, or another session's, is answered with the right one", async () => {
  for (const cookie of [flipped, () => new Uint8Array(32), () => new Uint8Array(255)]) {
    using both = pair(
      scriptedClient(client, { cookie }),
      (link) => serverHandshake(link, server),
    );

    await arrived(50);

    const sizes = both.server.sent.map(({ length }) => length);
    assert.deepEqual(sizes, [60, 60], "nothing but a HelloVerifyRequest for each hello");
    assert.equal(both.server.ended, undefined);
  }
});

Deno.test("fingerprints are read each time, and one of many is enough", async () => {
  const several = {
    ...server,
    fingerprints: () => [
      ...settingsOf(ours, stranger).fingerprints(),
      ...server.fingerprints(),
      { algorithm: "md5", value: "00" },
    ],
  };

  assert.equal(await served({}, several), undefined);
  assert.match(await served({}, { ...server, fingerprints: () => [] }) ?? "", /announce/);
});
