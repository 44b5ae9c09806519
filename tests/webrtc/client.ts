/**
 * A WebRTC client of its own, as a second werift peer, for tests of the peers.
 */
import { Buffer } from "node:buffer";
import type * as Werift from "werift";
import { loadOpus, type Opus } from "../../src/audio/opus.ts";
import { followHandshake } from "./client_handshake.ts";

/** What a client offers. */
export interface ClientOptions {
  readonly audio?: boolean;
  readonly video?: number;
  readonly data?: boolean;
  /** Without AES-GCM, as older clients are. */
  readonly counterMode?: boolean;
  /** Tells whether a packet that the client sends gets lost. */
  readonly lose?: (sequence: number) => boolean;
  /** Offers what Meta's servers offer for WhatsApp: ICE-lite, and keys at 8000 Hz alone. */
  readonly likeWhatsApp?: boolean;
  /** Offers this law of G.711 and no Opus. */
  readonly g711?: "PCMU" | "PCMA";
  /** Pings once a second, as Pipecat's client does. */
  readonly pings?: boolean;
}

/** The client's side of a call. */
export interface Client extends AsyncDisposable {
  readonly pc: Werift.RTCPeerConnection;
  readonly channel: Werift.RTCDataChannel | undefined;
  /** Text messages that arrived. */
  readonly messages: string[];
  /** RTP packets that arrived, in order of arrival. */
  readonly packets: Werift.RtpPacket[];
  offer(): Promise<string>;
  accept(answer: string): Promise<void>;
  /** Resolves when DTLS is done, and the channel is open if there is one. */
  connected(): Promise<void>;
  /** Sends a packet of Opus or G.711, or of `telephone-event`. */
  send(payload: Uint8Array, options?: SendOptions): void;
  /** What arrived in Opus, decoded to 48 kHz mono. */
  heard(): Int16Array;
  close(): Promise<void>;
}

/** What to send a packet with, in place of what follows the packet before. */
export interface SendOptions {
  /** Length of the packet in ms. Default: 20. */
  readonly durationMs?: number;
  /** Time since the packet before that is left out, in ms. */
  readonly pauseMs?: number;
  readonly payloadType?: number;
  /** Whether the clock of the stream goes on; a key press stands still. */
  readonly hold?: boolean;
  readonly marker?: boolean;
}

/** Makes a client. */
export async function createClient(options: ClientOptions = {}): Promise<Client> {
  const { audio = true, video = 0, data = true, counterMode = false, pings = true } = options;
  const { lose = () => false, likeWhatsApp = false, g711 } = options;
  const unitsPerMs = g711 ? 8 : 48;
  const werift = await import("werift");
  const opus = await loadOpus();
  const codec = (mimeType: string, clockRate: number, channels?: number, payloadType?: number) =>
    new werift.RTCRtpCodecParameters({
      mimeType,
      clockRate,
      ...(likeWhatsApp ? { payloadType: channels ? 111 : 126 } : {}),
      ...(payloadType === undefined ? {} : { payloadType }),
      ...(channels ? { channels } : {}),
      ...(mimeType === "audio/opus" ? { parameters: "minptime=10;useinbandfec=1" } : {}),
    });
  const pc = new werift.RTCPeerConnection({
    codecs: {
      audio: [
        ...(g711
          ? [codec(`audio/${g711}`, 8000, 1, g711 === "PCMU" ? 0 : 8)]
          : [codec("audio/opus", 48_000, 2)]),
        ...(likeWhatsApp ? [] : [codec("audio/telephone-event", 48_000)]),
        codec("audio/telephone-event", 8000),
      ],
      video: [codec("video/VP8", 90_000)],
    },
    // With the default werift never closes the sockets of the transports that bundling leaves over.
    bundlePolicy: "max-bundle",
    iceServers: [],
    iceLite: likeWhatsApp,
  });
  const transceiver = audio ? pc.addTransceiver("audio", { direction: "sendrecv" }) : undefined;
  for (let i = 0; i < video; i++) {
    pc.addTransceiver("video", { direction: i === 0 ? "sendrecv" : "sendonly" });
  }
  const channel = data ? pc.createDataChannel("chat") : undefined;
  for (const { iceTransport } of pc.dtlsTransports) delete iceTransport.connection.stunServer;
  const transport = pc.dtlsTransports[0];
  if (!transport) throw new Error("A client offers audio, video or data");
  // Private, and the only place that decides which profiles are offered.
  if (counterMode) Object.assign(transport, { srtpProfiles: [1] });

  const messages: string[] = [];
  const packets: Werift.RtpPacket[] = [];
  transport.onRtp.subscribe((packet) => void packets.push(packet));
  const ready = Promise.withResolvers<void>();
  let pinging: ReturnType<typeof setInterval> | undefined;
  const handshake = followHandshake(transport, werift);
  const check = () => {
    if (transport.state === "failed") ready.reject(new Error("The handshake failed"));
    if (transport.state !== "connected") return;
    if (!channel || channel.readyState === "open") ready.resolve();
  };
  transport.onStateChange.subscribe(check);
  channel?.onMessage.subscribe((message) => void messages.push(String(message)));
  channel?.stateChanged.subscribe((state) => {
    check();
    clearInterval(pinging);
    if (state !== "open" || !pings) return;
    const ping = () => channel.send(`ping: ${Date.now()}`);
    ping();
    pinging = setInterval(ping, 1000);
  });

  let sequence = 65_000; // so that it turns over within a test
  let timestamp = 4_294_900_000;
  let closed = false;
  const client: Client = {
    pc,
    channel,
    messages,
    packets,
    async offer() {
      await pc.setLocalDescription(await pc.createOffer());
      return pc.localDescription?.sdp ?? "";
    },
    accept(answer) {
      const sdp = byPosition(answer, pc.localDescription?.sdp ?? "");
      return pc.setRemoteDescription({ type: "answer", sdp });
    },
    connected: () => ready.promise,
    send(payload, { durationMs = 20, pauseMs = 0, payloadType, hold, marker = false } = {}) {
      timestamp = (timestamp + pauseMs * unitsPerMs) >>> 0;
      sequence = (sequence + 1) & 0xffff;
      const header = new werift.RtpHeader({
        payloadType: payloadType ?? transceiver?.codecs[0]?.payloadType ?? 96,
        sequenceNumber: sequence,
        timestamp,
        marker,
        ssrc: transceiver?.sender.ssrc ?? 1,
      });
      if (!hold) timestamp = (timestamp + durationMs * unitsPerMs) >>> 0;
      if (!lose(sequence)) void transport.sendRtp(Buffer.from(payload), header);
    },
    heard: () => decodeAll(opus, packets, transceiver?.codecs[0]?.payloadType),
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(pinging);
      const ended = handshake.end();
      await pc.close();
      await ended;
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
  return client;
}

/** Connects a client to the peers of a factory. */
export async function connect(
  answer: (offer: string) => Promise<string>,
  options: ClientOptions = {},
): Promise<Client> {
  const client = await createClient(options);
  await client.accept(await answer(await client.offer()));
  await client.connected();
  return client;
}

/**
 * Reads an answer as browsers do, section by section. werift goes by names, and reads no sections of
 * other kinds: those that a test has put into the offer on its way are left out.
 */
function byPosition(answer: string, offer: string): string {
  const names = offer.match(/^a=mid:.*\r\n/gm) ?? [];
  const [session = "", ...sections] = answer.split(/^(?=m=)/m);
  const known = sections.filter((section) => /^m=(audio|video|application) /.test(section))
    .slice(0, names.length);
  return session +
    known.map((section, i) => section.includes("a=mid:") ? section : section + names[i]).join("");
}

function decodeAll(opus: Opus, packets: readonly Werift.RtpPacket[], type?: number): Int16Array {
  const decoder = opus.decoder({ sampleRate: 48_000, channels: 1 });
  const ours = packets.filter(({ header }) => header.payloadType === type);
  const parts = ours.map(({ payload }) => decoder.decode(payload));
  decoder.free();
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Waits. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
