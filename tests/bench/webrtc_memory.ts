/**
 * Memory that SRTP takes for good, in bytes per packet: close to none, whatever the client
 * negotiates.
 *
 * With `--plain` it measures werift without the repair: about 900 bytes in counter mode on Deno.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import * as werift from "werift";
import { createSrtpReceiver } from "../../src/ways/webrtc/guard/srtp_receiver.ts";
import { finishCiphers } from "../../src/ways/webrtc/srtp.ts";

const PACKETS = 150_000;
const MOST_BYTES = 60;

const profiles = { "AES-GCM": 7, "counter mode": 1 } as const;

async function growth(profile: 1 | 7, repair: boolean): Promise<number> {
  const salt = randomBytes(profile === 7 ? 12 : 14);
  const key = randomBytes(16);
  const keys = {
    localMasterKey: key,
    localMasterSalt: salt,
    remoteMasterKey: key,
    remoteMasterSalt: salt,
  };
  const config = { keys, profile };
  const sessions = {
    srtp: new werift.SrtpSession(config),
    srtcp: new werift.SrtcpSession(config),
  };
  if (repair) finishCiphers(sessions);
  const { srtpSessionKey, srtpSessionSalt, srtpSessionAuthTag } = sessions.srtp.remoteContext;
  const derived = {
    key: srtpSessionKey,
    salt: srtpSessionSalt,
    authentication: srtpSessionAuthTag,
  };
  const receiver = createSrtpReceiver(profile === 7 ? "gcm" : "counter", derived, derived);
  const decrypt = repair ? receiver.rtp : sessions.srtp.decrypt;
  const payload = Buffer.alloc(80);
  let sequenceNumber = 0;
  const run = async (count: number) => {
    for (let i = 0; i < count; i++) {
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
      const header = new werift.RtpHeader({ payloadType: 111, sequenceNumber, ssrc: 1 });
      decrypt(sessions.srtp.encrypt(payload, header));
      if (i % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  await run(2 * PACKETS); // until the heap has its size
  const before = Deno.memoryUsage().rss;
  await run(PACKETS);
  return (Deno.memoryUsage().rss - before) / PACKETS;
}

if (import.meta.main) {
  const repair = !Deno.args.includes("--plain");
  for (const [name, profile] of Object.entries(profiles)) {
    const bytes = Math.round(await growth(profile, repair));
    console.log(`${name}: ${bytes} bytes per packet, encrypted and decrypted`);
    if (repair && bytes > MOST_BYTES) Deno.exit(1);
  }
}
