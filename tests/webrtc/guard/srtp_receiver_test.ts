import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import * as werift from "werift";
import {
  createSrtpReceiver,
  type SrtpReceiver,
} from "../../../src/ways/webrtc/guard/srtp_receiver.ts";
import { finishCiphers } from "../../../src/ways/webrtc/srtp.ts";

/** werift as the sender, and what receives from it. */
function ends(profile: "counter" | "gcm"): {
  readonly sender: { readonly srtp: werift.SrtpSession; readonly srtcp: werift.SrtcpSession };
  readonly receiver: SrtpReceiver;
} {
  const [key, salt] = [randomBytes(16), randomBytes(profile === "gcm" ? 12 : 14)];
  const keys = {
    localMasterKey: key,
    localMasterSalt: salt,
    remoteMasterKey: key,
    remoteMasterSalt: salt,
  };
  const config = { keys, profile: profile === "gcm" ? 7 : 1 } as const;
  const sender = {
    srtp: new werift.SrtpSession(config),
    srtcp: new werift.SrtcpSession(config),
  };
  finishCiphers(sender);
  const { srtp: { remoteContext: rtp }, srtcp: { remoteContext: rtcp } } = sender;
  const receiver = createSrtpReceiver(profile, {
    key: rtp.srtpSessionKey,
    salt: rtp.srtpSessionSalt,
    authentication: rtp.srtpSessionAuthTag,
  }, {
    key: rtcp.srtcpSessionKey,
    salt: rtcp.srtcpSessionSalt,
    authentication: rtcp.srtcpSessionAuthTag,
  });
  return { sender, receiver };
}

const header = (sequenceNumber: number, more: Partial<werift.RtpHeader> = {}) =>
  new werift.RtpHeader({
    payloadType: 111,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: 5,
    ssrc: 99,
    ...more,
  });
const flipped = (bytes: Uint8Array, at: number) => {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1;
  return copy;
};

for (const profile of ["counter", "gcm"] as const) {
  /** Packets with these numbers, as they are sent; the payload tells them apart. */
  const send = ({ sender }: ReturnType<typeof ends>, from: number, count: number, about = 0) =>
    Array.from(
      { length: count },
      (_, i) => sender.srtp.encrypt(Buffer.from([i >> 8, i & 0xff, about]), header(from + i)),
    );
  const heard = ({ receiver }: ReturnType<typeof ends>, packets: readonly Uint8Array[]) =>
    packets.flatMap((packet) => receiver.rtp(packet) ?? []);

  Deno.test(`RTP is decrypted, over the turn of its sequence number, in ${profile}`, () => {
    const { sender, receiver } = ends(profile);
    for (let i = 0; i < 300; i++) {
      const payload = randomBytes(1 + i);

      const packet = receiver.rtp(sender.srtp.encrypt(payload, header(65_400 + i)));

      assert.deepEqual(packet && { ...packet, payload: Buffer.from(packet.payload) }, {
        marker: false,
        payloadType: 111,
        sequence: (65_400 + i) & 0xffff,
        timestamp: 5,
        source: 99,
        payload,
      });
    }
  });

  Deno.test(`RTCP is decrypted, in ${profile}`, () => {
    const { sender, receiver } = ends(profile);
    const report = new werift.RtcpRrPacket({ ssrc: 0xdeadbeef, reports: [] }).serialize();

    for (let i = 0; i < 200; i++) {
      assert.deepEqual(receiver.rtcp(sender.srtcp.encrypt(report)), [
        { type: "receiver", source: 0xdeadbeef, receptions: [] },
      ]);
    }
  });

  Deno.test(`a forged packet is refused and shifts nothing, in ${profile}`, () => {
    const both = ends(profile);
    const [rtp, next] = send(both, 40_000, 2);
    const report = new werift.RtcpRrPacket({ ssrc: 1, reports: [] }).serialize();
    const rtcp = both.sender.srtcp.encrypt(report);

    for (let at = 0; at < rtp!.length; at++) {
      assert.equal(both.receiver.rtp(flipped(rtp!, at)), undefined);
    }
    for (let at = 0; at < rtcp.length; at++) {
      assert.equal(both.receiver.rtcp(flipped(rtcp, at)), undefined);
    }
    // Sequence numbers from everywhere, which would turn the counter if they were believed.
    for (let sequence = 0; sequence < 65_536; sequence += 771) {
      const forged = Uint8Array.from(rtp!);
      forged.set([sequence >> 8, sequence & 0xff], 2);
      assert.equal(both.receiver.rtp(forged), undefined);
    }

    assert.equal(heard(both, [rtp!, next!]).length, 2);
    assert.equal(both.receiver.rtcp(rtcp)?.length, 1);
  });

  Deno.test(`what was there before is refused, at any later time, in ${profile}`, () => {
    const both = ends(profile);
    const packets = send(both, 65_000, 3000);
    const report = new werift.RtcpRrPacket({ ssrc: 1, reports: [] }).serialize();
    const reports = Array.from({ length: 300 }, () => both.sender.srtcp.encrypt(report));

    assert.equal(heard(both, packets.flatMap((packet) => [packet, packet])).length, 3000);
    assert.equal(heard(both, packets).length, 0);
    assert.equal(reports.flatMap((each) => both.receiver.rtcp(each) ?? []).length, 300);
    assert.equal(reports.flatMap((each) => both.receiver.rtcp(each) ?? []).length, 0);
  });

  Deno.test(`packets that overtake each other at the turn are decrypted, in ${profile}`, () => {
    const both = ends(profile);
    const packets = send(both, 65_526, 20);

    const order = [0, 1, 9, 11, 10, 12, 8, 13];

    const payloads = heard(both, order.map((i) => packets[i]!)).map(({ payload }) => payload[1]);
    assert.deepEqual(payloads, order);
  });

  Deno.test(`a loss around the turn is survived, in ${profile}`, () => {
    for (const [lostFrom, lostTo] of [[100, 300], [0, 300], [0, 200]] as const) {
      const both = ends(profile);
      const packets = send(both, 65_336, 400);

      const arrived = packets.filter((_, i) => i < lostFrom || i >= lostTo);

      assert.equal(heard(both, arrived).length, arrived.length);
    }
  });

  for (const back of [1, 500, 5000, 30_000]) {
    Deno.test(`a sender that goes back by ${back} is heard, and its past is not, in ${profile}`, () => {
      const both = ends(profile);
      const from = 32_000;
      const before = send(both, from, 900, 1);
      const after = send(both, from + 900 - back, 700, 2);

      assert.equal(heard(both, before).length, 900);
      assert.equal(heard(both, after).length, 700);
      assert.equal(heard(both, [...before, ...after]).length, 0);
    });
  }

  Deno.test(`a sender that goes back over the turn is heard, in ${profile}`, () => {
    const both = ends(profile);
    const before = send(both, 65_000, 700, 1);
    const after = send(both, 65_200, 100, 2);

    assert.equal(heard(both, before).length, 700);
    assert.equal(heard(both, after).length, 100);
  });

  Deno.test(`many streams are kept apart, and none is heard twice, in ${profile}`, () => {
    const { sender, receiver } = ends(profile);
    const packets = Array.from(
      { length: 600 },
      (_, i) => sender.srtp.encrypt(Buffer.from([1]), header(i, { ssrc: i % 30 })),
    );
    const count = () => packets.filter((packet) => receiver.rtp(packet)).length;

    assert.equal(count(), 600);
    assert.equal(count(), 0);
  });

  Deno.test(`an authentic packet with impossible padding is refused, in ${profile}`, () => {
    const { sender, receiver } = ends(profile);
    const padded = (sequence: number, payload: number[]) =>
      receiver.rtp(sender.srtp.encrypt(Buffer.from(payload), header(sequence, { padding: true })));

    assert.equal(padded(1, [1, 2, 0]), undefined);
    assert.equal(padded(2, [1, 2, 4]), undefined);
    assert.deepEqual([...padded(3, [1, 2, 2])!.payload], [1]);
  });

  Deno.test(`no bytes are a fault, in ${profile}`, () => {
    const { receiver } = ends(profile);
    const bytes = fc.uint8Array({ maxLength: 80 }).map((bytes) => {
      if (bytes[0]) bytes[0] = bytes[0] & 0x3f | 0x80;
      return bytes;
    });
    fc.assert(fc.property(bytes, (bytes) => {
      assert.equal(receiver.rtp(bytes), undefined);
      assert.equal(receiver.rtcp(bytes), undefined);
    }));
  });
}

Deno.test("RTCP that is authentic but not encrypted is refused", () => {
  const { sender, receiver } = ends("counter");
  const report = new werift.RtcpRrPacket({ ssrc: 1, reports: [] }).serialize();
  const open = Buffer.concat([report, Buffer.from([0, 0, 0, 1])]);
  const { cipher } = sender.srtcp.localContext;
  assert.ok("generateSrtcpAuthTag" in cipher && typeof cipher.generateSrtcpAuthTag === "function");

  const packet = Buffer.concat([open, cipher.generateSrtcpAuthTag(open)]);

  assert.equal(receiver.rtcp(packet), undefined);
});
