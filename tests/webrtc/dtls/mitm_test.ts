/**
 * Somebody between a client and a peer, who wants to hear the call.
 */
import { configure, type LogRecord, reset } from "@logtape/logtape";
import assert from "node:assert/strict";
import { CipherContext, RTCCertificate } from "werift";
import { clientHandshake } from "../../../src/ways/webrtc/dtls/client.ts";
import { HANDSHAKE, parseFragments } from "../../../src/ways/webrtc/dtls/message.ts";
import { CONTENT, parseRecords } from "../../../src/ways/webrtc/dtls/record.ts";
import { serverHandshake } from "../../../src/ways/webrtc/dtls/server.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { sine } from "../../audio/signals.ts";
import { audioOf, encoded, hangUp, read, speak } from "../call.ts";
import { type Client, createClient } from "../client.ts";
import { openRelay, type Treatment } from "../relay.ts";
import { createIdentity } from "./identities.ts";
import { arrived, pair, settingsOf } from "./wire.ts";

const [victim, peer, attacker] = await Promise.all([
  createIdentity(),
  createIdentity(),
  createIdentity(),
]);

Deno.test("a man in the middle who has keys with both sides is refused by both", async () => {
  // The certificates are public; the keys of both sides are not.
  for (
    const shown of [{ toPeer: victim, toVictim: peer }, { toPeer: attacker, toVictim: attacker }]
  ) {
    const asVictim = { certificate: shown.toPeer.certificate, privateKey: attacker.privateKey };
    const asPeer = { certificate: shown.toVictim.certificate, privateKey: attacker.privateKey };
    using toPeer = pair(
      (link) => clientHandshake(link, settingsOf(asVictim, peer)),
      (link) => serverHandshake(link, settingsOf(peer, victim)),
    );
    using toVictim = pair(
      (link) => clientHandshake(link, settingsOf(victim, peer)),
      (link) => serverHandshake(link, settingsOf(asPeer, victim)),
    );

    await Promise.all([toPeer.settled(), toVictim.settled()]);
    await arrived();

    const reason = shown.toPeer === victim ? /signature that is not/ : /did not announce/;
    for (const refusing of [toPeer.server, toVictim.client]) {
      assert.equal(refusing.established, undefined);
      assert.ok(refusing.ended?.left === false);
      assert.match(refusing.ended.reason, reason);
    }
  }
});

/** The client speaks; nothing of it may be heard, and the peer has to be over, for this reason. */
interface Refused {
  readonly reason: RegExp;
  /** Whether the client is the DTLS server, as WhatsApp's and those of an ESP32 are. */
  readonly passive: boolean;
  readonly treat?: Treatment;
  readonly offer?: (sdp: string) => string;
  /** Signs with a key that is not its certificate's. */
  readonly impostor?: boolean;
}

async function assertRefused(
  { reason, passive, treat, offer: change = (sdp) => sdp, impostor }: Refused,
): Promise<void> {
  const log = await listen();
  await using relay = await openRelay(treat ?? unchanged);
  const client = await createClient();
  const offer = await client.offer();
  if (impostor) await mixKeys(client);
  const role = passive ? "passive" : "actpass";
  const sent = change(relay.hide(offer)).replaceAll("a=setup:actpass", `a=setup:${role}`);
  const { peer, sdp } = await weriftPeers().answer("pc_1", sent);
  client.connected().catch(() => {});
  await client.accept(relay.lead(sdp));
  const frames = read(peer, 3000);

  const info = await peer.closed;
  await speak(client, encoded(sine(440, 48_000, 0.2))).catch(() => {}); // if it can
  const heard = await frames;
  await hangUp(peer, client);
  await reset();

  assert.equal(info.reason, "The DTLS handshake failed");
  assert.equal(audioOf(heard).length, 0);
  await assert.rejects(peer.ready);
  const warnings = log.filter(({ level }) => level === "warning");
  assert.deepEqual(warnings.map(({ category }) => category.at(-1)), ["webrtc"]);
  assert.match(String(warnings[0]?.properties.reason), reason);
}

const unchanged: Treatment = (datagram) => [{ delayMs: 0, datagram }];

/** Turns one bit at the end of each handshake message of a type, whichever side sends it. */
function forging(type: number): Treatment {
  return (datagram) => {
    const forged = datagram.slice();
    for (const { type: content, epoch, body } of parseRecords(forged)) {
      if (content !== CONTENT.handshake || epoch > 0) continue;
      for (const fragment of parseFragments(body)) {
        if (fragment.type === type) fragment.bytes[fragment.bytes.length - 1]! ^= 1;
      }
    }
    return [{ delayMs: 0, datagram: forged }];
  };
}

/** A fingerprint that is no certificate's. */
const otherFingerprint = (sdp: string) =>
  sdp.replace(
    /^(a=fingerprint:\S+ )(..)/gm,
    (_, start, byte) => start + (byte === "00" ? "01" : "00"),
  );

async function mixKeys({ pc }: Client): Promise<void> {
  const kind = { hash: 4, signature: 3 } as const;
  const { keyPem } = await CipherContext.createSelfSignedCertificateWithKey(kind, 23);
  for (const transport of pc.dtlsTransports) {
    const { certPem } = transport.localCertificate!; // it has one once it has offered
    transport.localCertificate = new RTCCertificate(keyPem, certPem, kind);
  }
}

async function listen(): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  await configure({
    sinks: { memory: (record) => void records.push(record) },
    loggers: [
      { category: ["pipecat"], sinks: ["memory"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "warning" },
    ],
  });
  return records;
}

Deno.test("a client that shows a certificate without its key is refused", async () => {
  await assertRefused({ passive: false, impostor: true, reason: /signature that is not/ });
});

Deno.test("a server that shows a certificate without its key is refused", async () => {
  await assertRefused({ passive: true, impostor: true, reason: /signature that is not/ });
});

Deno.test("a client whose proof is changed on its way is refused", async () => {
  const treat = forging(HANDSHAKE.certificateVerify);
  await assertRefused({ passive: false, treat, reason: /signature that is not/ });
});

Deno.test("a server whose signed keys are changed on their way is refused", async () => {
  const treat = forging(HANDSHAKE.serverKeyExchange);
  await assertRefused({ passive: true, treat, reason: /signature that is not/ });
});

Deno.test("a certificate that the offer did not announce is refused, in both roles", async () => {
  for (const passive of [false, true]) {
    await assertRefused({ passive, offer: otherFingerprint, reason: /did not announce/ });
  }
});

Deno.test("a Finished that was changed on its way is as if it had not come", async () => {
  let forge = true;
  using both = pair(
    (link) => clientHandshake(link, settingsOf(victim, peer)),
    (link) => serverHandshake(link, settingsOf(peer, victim)),
    (datagram) => {
      const forged = datagram.slice();
      for (const { type, epoch, body } of parseRecords(forged)) {
        if (type === CONTENT.handshake && epoch > 0) body[body.length - 1]! ^= 1;
      }
      if (!forge || parseRecords(datagram).every(({ epoch }) => epoch === 0)) return [0];
      both.server.endpoint.receive(forged);
      return [];
    },
  );
  await arrived(60);
  assert.deepEqual([both.server.established, both.server.ended], [undefined, undefined]);

  forge = false;
  await both.settled();

  assert.ok(both.server.established, "the client has sent it again");
});

Deno.test("through a relay that changes nothing, a call is heard, in both roles", async () => {
  for (const role of ["actpass", "passive"]) {
    await using relay = await openRelay(unchanged);
    const client = await createClient();
    const offer = relay.hide(await client.offer()).replaceAll("a=setup:actpass", `a=setup:${role}`);
    const { peer, sdp } = await weriftPeers().answer("pc_1", offer);
    await client.accept(relay.lead(sdp));
    await client.connected();
    await peer.ready;

    const [frames] = await Promise.all([
      read(peer, 500),
      speak(client, encoded(sine(440, 48_000, 0.3))),
    ]);

    assert.ok(audioOf(frames).some(({ samples }) => samples.some((sample) => sample > 5000)));
    await hangUp(peer, client);
  }
});
