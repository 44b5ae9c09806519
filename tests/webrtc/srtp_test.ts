import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import * as werift from "werift";
import { repairSrtp } from "../../src/webrtc/srtp.ts";

const COUNTER_MODE = 1;
const GCM = 7;

/** Both ends of a transport, the first one repaired if asked. */
function ends(profile: 1 | 7, repair = true) {
  const salt = profile === GCM ? 12 : 14;
  const [keyA, keyB, saltA, saltB] = [16, 16, salt, salt].map((size) => randomBytes(size));
  const end = (mine: Buffer[], theirs: Buffer[]) => {
    const keys = {
      localMasterKey: mine[0]!,
      localMasterSalt: mine[1]!,
      remoteMasterKey: theirs[0]!,
      remoteMasterSalt: theirs[1]!,
    };
    const config = { keys, profile } as const;
    return { srtp: new werift.SrtpSession(config), srtcp: new werift.SrtcpSession(config) };
  };
  const repaired = end([keyA!, saltA!], [keyB!, saltB!]);
  const plain = end([keyB!, saltB!], [keyA!, saltA!]);
  if (repair) repairSrtp(repaired);
  return { repaired, plain };
}

function header(sequenceNumber: number): werift.RtpHeader {
  return new werift.RtpHeader({ payloadType: 111, sequenceNumber, timestamp: 5, ssrc: 99 });
}

for (const [name, profile] of [["counter mode", COUNTER_MODE], ["AES-GCM", GCM]] as const) {
  // The end that is not repaired leaves every cipher of the counter mode open.
  const options = { sanitizeResources: profile === GCM };

  Deno.test(`werift understands repaired RTP and the other way round, in ${name}`, options, () => {
    const { repaired, plain } = ends(profile);

    for (const [from, to] of [[repaired, plain], [plain, repaired]] as const) {
      for (let i = 0; i < 300; i++) {
        const payload = randomBytes(1 + i);
        const packet = from.srtp.encrypt(payload, header((65_400 + i) & 0xffff));
        const { payload: result } = werift.RtpPacket.deSerialize(to.srtp.decrypt(packet));
        assert.deepEqual(Buffer.from(result), payload);
      }
    }
  });

  Deno.test(`werift understands repaired RTCP and the other way round, in ${name}`, options, () => {
    const { repaired, plain } = ends(profile);
    const report = new werift.RtcpRrPacket({ ssrc: 0xdeadbeef, reports: [] }).serialize();

    for (const [from, to] of [[repaired, plain], [plain, repaired]] as const) {
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(Buffer.from(to.srtcp.decrypt(from.srtcp.encrypt(report))), report);
      }
    }
  });

  Deno.test(`a forged packet is refused, in ${name}`, options, () => {
    const { repaired, plain } = ends(profile);
    const rtp = plain.srtp.encrypt(randomBytes(50), header(1));
    const report = new werift.RtcpRrPacket({ ssrc: 1, reports: [] }).serialize();
    const rtcp = plain.srtcp.encrypt(report);

    for (let at = 12; at < rtp.length; at++) {
      const forged = Buffer.from(rtp);
      forged[at]! ^= 1;
      assert.throws(() => repaired.srtp.decrypt(forged));
    }
    for (let at = 4; at < rtcp.length; at++) {
      const forged = Buffer.from(rtcp);
      forged[at]! ^= 1;
      assert.throws(() => repaired.srtcp.decrypt(forged));
    }
    assert.throws(() => repaired.srtcp.decrypt(Buffer.alloc(9)));
  });

  Deno.test(
    `a loss around the turn of the sequence number is survived, in ${name}`,
    options,
    () => {
      const { repaired, plain } = ends(profile);
      // The sender has turned over once; the receiver misses 200 packets around it.
      const packets = Array.from(
        { length: 400 },
        (_, i) => plain.srtp.encrypt(Buffer.from([i & 0xff]), header((65_336 + i) & 0xffff)),
      );

      const heard = packets.filter((_, i) => i < 100 || i >= 300)
        .map((packet) => werift.RtpPacket.deSerialize(repaired.srtp.decrypt(packet)).payload[0]);

      assert.equal(heard.length, 200);
    },
  );
}

Deno.test("packets that overtake each other at the turn are decrypted", () => {
  const { repaired, plain } = ends(GCM);
  const packets = Array.from(
    { length: 20 },
    (_, i) => plain.srtp.encrypt(Buffer.from([i]), header((65_526 + i) & 0xffff)),
  );

  for (const i of [0, 1, 9, 11, 10, 12, 8, 13]) {
    const { payload } = werift.RtpPacket.deSerialize(repaired.srtp.decrypt(packets[i]!));
    assert.equal(payload[0], i);
  }
});
