/**
 * The other end of a WebRTC call, over one werift connection after another.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type * as Werift from "werift";
import type { Opus } from "../audio/opus.ts";
import { sharedTicker } from "../audio/ticker.ts";
import { boundedReadable } from "../core/bounded_readable.ts";
import type { CloseInfo } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import { type Frame, FRAME_MS } from "../core/frame.ts";
import type { IceCandidate, Peer, PeerAudio } from "../core/peer.ts";
import { createAudioIn } from "./audio_in.ts";
import { createAudioOut, type OutgoingPacket } from "./audio_out.ts";
import { createChatChannel } from "./chat_channel.ts";
import { type Connection, type ConnectionSettings, createConnection } from "./connection.ts";
import { createReporter, type Reporter } from "./rtcp.ts";
import { readOffer, simplifyAnswer } from "./sdp.ts";

/** How peers behave. */
export interface PeerSettings extends ConnectionSettings {
  /** Reduces answers to what an ESP32 understands, with the candidates of this address alone. */
  readonly esp32: { readonly host: string | undefined } | undefined;
  /** How long a client may take to connect, in ms. */
  readonly connectTimeoutMs: number;
  /** Without a ping for so long, a client that sent one is gone, in ms. */
  readonly pingTimeoutMs: number;
}

/** What peers are built on. */
export interface Stack {
  readonly werift: typeof Werift;
  readonly opus: Opus;
}

/** Frames that wait for a reader: 3 s of audio. */
const MAX_FRAMES = 3000 / FRAME_MS;
/** App messages that wait until somebody intercepts them. */
const MAX_EARLY_MESSAGES = 256;
const REPORT_EVERY_MS = 1000;

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/** A peer on werift. */
export class WeriftPeer implements Peer {
  readonly id: string;
  readonly readable: ReadableStream<Frame>;
  readonly writable: WritableStream<Frame>;
  readonly ready: Promise<void>;
  readonly closed: Promise<CloseInfo>;

  #stack: Stack;
  #settings: PeerSettings;
  #ready = Promise.withResolvers<void>();
  #closed = Promise.withResolvers<CloseInfo>();
  #incoming = boundedReadable<Frame>(MAX_FRAMES);
  #early: unknown[] = [];
  #taker: ((data: unknown) => boolean) | undefined;
  #chat = createChatChannel({
    onOpen: () => this.#begin(),
    onClose: () => this.#end({ closeCode: 1000, reason: "The client left" }),
    onMessage: (data) => this.#take(data),
  });
  #audioIn;
  #audioOut;
  #connection: Connection;
  #reporter: Reporter | undefined;
  #answering: Promise<unknown> = Promise.resolve();
  #hasData = false;
  /** Whether media flows: not yet while connecting, nor while connecting anew. */
  #live = false;
  #over = false;
  #gone: Promise<void> | undefined;
  #connectingMs = 0;
  #reportMs = 0;
  #sequence = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
  /** Frames given to the writable, those that came out of it, and those of them to drop. */
  #enqueued = 0;
  #written = 0;
  #dropUpTo = 0;
  #drains: { readonly upTo: number; readonly resolve: () => void }[] = [];
  #stopTicking: () => void;

  /** Makes a peer that waits for its first offer; see {@link answerCall}. */
  constructor(id: string, stack: Stack, settings: PeerSettings) {
    this.id = id;
    this.#stack = stack;
    this.#settings = settings;
    this.ready = this.#ready.promise;
    this.ready.catch(() => {}); // a bot need not wait for it
    this.closed = this.#closed.promise;
    this.readable = this.#incoming.readable;
    this.writable = new WritableStream<Frame>({
      write: (frame) => this.#write(frame),
      close: async () => {
        await this.drained();
        this.close();
      },
      abort: () => this.close(),
    }, {
      highWaterMark: 1,
      // Called as a frame enters the stream, which so knows what an interruption has overtaken.
      size: () => (this.#enqueued++, 1),
    });
    this.#audioIn = createAudioIn(stack.opus, (frame) => this.#incoming.push(frame));
    this.#audioOut = createAudioOut(stack.opus, () => this.#line(), (packet) => this.#send(packet));
    this.#connection = this.#open();
    this.#stopTicking = sharedTicker.add((ticks) => this.#tick(ticks));
  }

  configure(audio: PeerAudio): void {
    this.#audioIn.configure(audio);
  }

  send(data: unknown): void {
    if (!this.#over) this.#chat.send(data);
  }

  intercept(taker: (data: unknown) => boolean): void {
    this.#taker = taker;
    for (const data of this.#early.splice(0)) this.#take(data);
  }

  interrupt(): void {
    this.#dropUpTo = this.#enqueued;
    this.#audioOut.interrupt();
    for (const { resolve } of this.#drains.splice(0)) resolve();
  }

  async drained(): Promise<void> {
    const upTo = this.#enqueued;
    if (this.#written < upTo && !this.#over) {
      await new Promise<void>((resolve) => this.#drains.push({ upTo, resolve }));
    } else await this.#audioOut.drained();
  }

  answer(sdp: string, options: { readonly restart?: boolean } = {}): Promise<string> {
    // One after the other: werift takes no offer while it answers another.
    const answer = this.#answering.then(() => this.#answer(sdp, options.restart ?? false));
    this.#answering = answer.catch(() => {});
    return answer;
  }

  async addIceCandidate(candidate: IceCandidate): Promise<void> {
    try {
      if (await this.#connection.addCandidate(candidate)) return;
      logger.debug("A candidate of peer {id} is not used", { id: this.id });
    } catch (error) {
      logger.debug("A candidate of peer {id} is not used: {error}", { id: this.id, error });
    }
  }

  close(info: CloseInfo = {}): void {
    if (this.#over) return;
    const told = this.#chat.signal("peerLeft");
    this.#end(info, told);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What was said before the client is there, be it that the bot failed, waits for it.
    if (!this.#live) await this.ready.catch(() => {});
    await this.drained();
    this.close();
    await this.#gone;
  }

  async #answer(sdp: string, restart: boolean): Promise<string> {
    const offer = readOffer(sdp);
    if (this.#over) {
      throw new RunnerError("unknown_peer", "The call is over; start a new one.", { status: 404 });
    }
    const previous = this.#connection;
    const connection = restart ? this.#open() : previous;
    let answer: string;
    try {
      answer = await connection.answer(offer);
    } catch (error) {
      if (restart) void connection.close();
      throw error;
    }
    if (restart) this.#move(connection, previous);
    this.#hasData = offer.hasData;
    this.#begin();
    const { esp32 } = this.#settings;
    return esp32 ? simplifyAnswer(answer, esp32.host) : answer;
  }

  /** Goes over to a new connection. */
  #move(connection: Connection, previous: Connection): void {
    if (this.#over) return void connection.close();
    this.#connection = connection;
    this.#chat.detach();
    this.#live = false;
    this.#connectingMs = 0;
    void previous.close();
  }

  #open(): Connection {
    const current = (act: () => void) => {
      if (this.#connection === connection) act();
    };
    const connection = createConnection(this.#stack.werift, this.#settings, {
      onConnect: () => current(() => this.#begin()),
      onEnd: (info) => current(() => this.#end(info)),
      onChannel: (channel) => current(() => this.#chat.attach(channel)),
      onRtp: (packet) => current(() => this.#receive(packet)),
      onRtcp: (packet) => current(() => this.#reporter?.heard(packet, performance.now())),
    });
    return connection;
  }

  /** Lets media flow if everything is there. */
  #begin(): void {
    const { connected, audio } = this.#connection;
    if (this.#over || this.#live || !connected || (this.#hasData && !this.#chat.open)) return;
    this.#live = true;
    this.#reporter = audio && createReporter(this.#stack.werift, audio.source);
    this.#audioIn.start();
    this.#audioOut.tick(1, performance.now()); // browsers wait for a packet before they play a track
    this.#ready.resolve();
    logger.debug("Peer {id} is connected", { id: this.id });
  }

  #end(info: CloseInfo, flush = false): void {
    if (this.#over) return;
    this.#over = true;
    this.#live = false;
    this.#stopTicking();
    this.#audioIn.close();
    this.#audioOut.close();
    this.#incoming.end();
    for (const { resolve } of this.#drains.splice(0)) resolve();
    const why = info.reason ?? "The call was closed";
    this.#ready.reject(new RunnerError("not_connected", `${why} before it was connected.`));
    this.#closed.resolve(info);
    const connection = this.#connection;
    this.#gone = (async () => {
      if (flush) await connection.flush();
      await connection.close();
    })();
    logger.debug("Peer {id} is over: {why}", { id: this.id, why });
  }

  #tick(ticks: number): void {
    const elapsedMs = ticks * FRAME_MS;
    const now = performance.now();
    this.#chat.tick(elapsedMs);
    if (this.#chat.silentMs > this.#settings.pingTimeoutMs) {
      this.#end({ closeCode: 1006, reason: "The client fell silent" });
    } else if (!this.#live) {
      this.#connectingMs += elapsedMs;
      const { connectTimeoutMs } = this.#settings;
      if (this.#connectingMs <= connectTimeoutMs) return;
      const why = `The client did not connect within ${connectTimeoutMs / 1000} s.`;
      this.#ready.reject(new RunnerError("connect_timeout", why, { status: 504 }));
      this.#end({ closeCode: 1006, reason: why });
    } else {
      if (this.#connection.audio) this.#audioIn.tick(ticks, now);
      this.#audioOut.tick(ticks, now);
      this.#reportMs += elapsedMs;
      if (this.#reportMs < REPORT_EVERY_MS || !this.#reporter) return;
      this.#reportMs = 0;
      this.#connection.sendRtcp(this.#reporter.report(now));
    }
  }

  #receive(packet: Werift.RtpPacket): void {
    const { audio } = this.#connection;
    const { payloadType, ssrc, sequenceNumber, timestamp } = packet.header;
    const kind = payloadType === audio?.opus
      ? "opus"
      : audio?.keys.has(payloadType)
      ? "key"
      : undefined;
    if (!kind) return;
    const now = performance.now();
    this.#reporter?.received(packet, now);
    const { payload } = packet;
    this.#audioIn.receive(
      { kind, source: ssrc, sequence: sequenceNumber, timestamp, payload },
      now,
    );
  }

  #line() {
    const { audio } = this.#connection;
    const [keyClockRate] = audio?.keys.values() ?? [];
    return audio && { stereo: audio.stereo, ...(keyClockRate ? { keyClockRate } : {}) };
  }

  #send({ kind, timestamp, marker, payload }: OutgoingPacket): void {
    const { audio } = this.#connection;
    const [keys] = audio?.keys.keys() ?? [];
    const payloadType = kind === "opus" ? audio?.opus : keys;
    if (!audio?.sends || payloadType === undefined) return;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#connection.sendRtp({
      payloadType,
      marker,
      timestamp,
      sequenceNumber: this.#sequence,
      ssrc: audio.source,
    }, payload);
    this.#reporter?.sent(timestamp, payload.length, performance.now());
  }

  async #write(frame: Frame): Promise<void> {
    this.#written++;
    let room: Promise<void> | undefined;
    if (frame.type === "message") this.send(frame.data);
    else if (this.#written > this.#dropUpTo) {
      room = frame.type === "audio"
        ? this.#audioOut.write(frame)
        : this.#audioOut.press(frame.digit);
    }
    const due = this.#drains.filter(({ upTo }) => upTo <= this.#written);
    if (due.length > 0) {
      this.#drains = this.#drains.filter((drain) => !due.includes(drain));
      for (const { resolve } of due) void this.#audioOut.drained().then(resolve);
    }
    await room;
  }

  #take(data: unknown): void {
    if (!this.#taker) {
      this.#early.push(data);
      if (this.#early.length > MAX_EARLY_MESSAGES) this.#early.shift();
    } else if (!this.#taker(data)) this.#incoming.push({ type: "message", data });
  }
}
