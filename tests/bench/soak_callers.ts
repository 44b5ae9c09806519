/**
 * Ten sessions of sound for the soak, in either SRTP profile.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { loadOpus } from "../../src/audio/opus.ts";
import { sine } from "../audio/signals.ts";
import { type Client, connect } from "../webrtc/client.ts";

/** Calls that go on. */
export interface Callers {
  /** The SRTP profiles that they have negotiated. */
  profiles(): Promise<readonly string[]>;
  /** Packets of audio that have come back since it was last asked. */
  heard(): Promise<number>;
}

const FRAME_MS = 20;
/** Numbers of the profiles in DTLS (RFC 5764, RFC 7714). */
const PROFILES: Readonly<Record<number, string>> = {
  1: "SRTP_AES128_CM_HMAC_SHA1_80",
  7: "SRTP_AEAD_AES_128_GCM",
};

/** Callers in Chromium, which takes AES-GCM when it is let choose; `connect()` is the page's own. */
export async function gcmCallers(page: Page, count: number): Promise<Callers> {
  for (let i = 0; i < count; i++) await page.evaluate("connect()");
  let before = 0;
  return {
    profiles: () => page.evaluate<string[]>("profiles()"),
    async heard() {
      const total = await page.evaluate<number>("heard()");
      const heard = total - before;
      before = total;
      return heard;
    },
  };
}

/**
 * Callers that know nothing but the counter mode. They are werift's, for no browser can be told to
 * leave AES-GCM out, and they leak what the server must not: theirs is another process.
 */
export async function counterModeCallers(origin: string, count: number): Promise<Callers> {
  const clients: Client[] = [];
  for (let i = 0; i < count; i++) {
    clients.push(await connect((sdp) => answer(origin, sdp), { counterMode: true }));
  }
  const tone = await encodedTone();
  const began = performance.now();
  let sent = 0;
  setInterval(() => {
    while (began + sent * FRAME_MS <= performance.now()) {
      const packet = tone[sent++ % tone.length] ?? Buffer.alloc(0);
      for (const client of clients) client.send(packet);
    }
  }, FRAME_MS / 2);
  return {
    profiles() {
      const transports = clients.flatMap(({ pc }) => pc.dtlsTransports);
      return Promise.resolve(
        transports.map(({ dtls }) => PROFILES[dtls?.srtp.srtpProfile ?? 0] ?? "none"),
      );
    },
    heard() {
      const heard = clients.reduce((sum, { packets }) => sum + packets.length, 0);
      for (const { packets } of clients) packets.length = 0;
      return Promise.resolve(heard);
    },
  };
}

async function answer(origin: string, sdp: string): Promise<string> {
  const response = await fetch(`${origin}/api/offer`, {
    method: "POST",
    body: JSON.stringify({ sdp, type: "offer" }),
  });
  if (!response.ok) throw new Error(`No answer: ${await response.text()}`);
  return (await response.json()).sdp;
}

async function encodedTone(): Promise<Uint8Array[]> {
  const opus = await loadOpus();
  const encoder = opus.encoder({ sampleRate: 48_000, channels: 1 });
  const samples = sine(440, 48_000, 1);
  const size = 48 * FRAME_MS;
  const packets = Array.from(
    { length: 1000 / FRAME_MS },
    (_, i) => encoder.encode(samples.subarray(i * size, (i + 1) * size)),
  );
  encoder.free();
  return packets;
}
