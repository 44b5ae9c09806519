import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import * as werift from "werift";
import { finishCiphers } from "../../src/ways/webrtc/srtp.ts";

const COUNTER_MODE = 1;
const GCM = 7;

/** Both ends of a transport, the first one repaired. */
function ends(profile: 1 | 7) {
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
  finishCiphers(repaired);
  return { repaired, plain };
}

function header(sequenceNumber: number): werift.RtpHeader {
  return new werift.RtpHeader({ payloadType: 111, sequenceNumber, timestamp: 5, ssrc: 99 });
}

for (const [name, profile] of [["counter mode", COUNTER_MODE], ["AES-GCM", GCM]] as const) {
  // The end that is not repaired leaves every cipher of the counter mode open.
  const options = { sanitizeResources: profile === GCM };

  Deno.test(`werift understands repaired RTP, in ${name}`, options, () => {
    const { repaired, plain } = ends(profile);

    for (let i = 0; i < 300; i++) {
      const payload = randomBytes(1 + i);
      const packet = repaired.srtp.encrypt(payload, header((65_400 + i) & 0xffff));
      const { payload: result } = werift.RtpPacket.deSerialize(plain.srtp.decrypt(packet));
      assert.deepEqual(Buffer.from(result), payload);
    }
  });

  Deno.test(`werift understands repaired RTCP, in ${name}`, options, () => {
    const { repaired, plain } = ends(profile);
    const report = new werift.RtcpRrPacket({ ssrc: 0xdeadbeef, reports: [] }).serialize();

    for (let i = 0; i < 3; i++) {
      assert.deepEqual(Buffer.from(plain.srtcp.decrypt(repaired.srtcp.encrypt(report))), report);
    }
  });
}
