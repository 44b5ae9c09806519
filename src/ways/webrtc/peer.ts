/**
 * The other end of a WebRTC call, over one werift connection after another.
 *
 * @module
 */
import { getLogger, type Logger } from "../../core/log.ts";
import { sharedTicker } from "../../audio/ticker.ts";
import { audioFaultsOf } from "../../core/audio_faults.ts";
import { type CallObserver, observed } from "../../core/call_observer.ts";
import type { CallStats } from "../../core/call_stats.ts";
import type { CloseInfo } from "../../core/duplex.ts";
import { RunnerError } from "../../core/error.ts";
import { type AudioFrame, type Frame, FRAME_MS, jsonSize } from "../../core/frame.ts";
import type { Incoming } from "../../core/incoming.ts";
import { incomingFrames } from "../../core/incoming_frames.ts";
import type { IceCandidate, Peer, PeerAudio } from "../../core/peer.ts";
import type { Background } from "../../core/playback.ts";
import { within } from "../../core/wait.ts";
import { type ChatChannel, createChatChannel } from "./chat_channel.ts";
import { type Connection, type ConnectionSettings, createConnection } from "./connection.ts";
import { createMedia, type Media, type Stack } from "./media.ts";
import { createOutgoing, type Outgoing } from "./outgoing.ts";
import { addAddresses, simplifyAnswer } from "./sdp/adapt_answer.ts";
import { createPresence, type Presence } from "./presence.ts";
import { readOffer } from "./sdp/offer.ts";
import type { Video } from "./video/video.ts";

/** How peers behave. */
export interface PeerSettings extends ConnectionSettings {
  /** IP addresses to name in answers besides those of this machine. */
  readonly publicAddresses: readonly string[];
  /** Reduces answers to what an ESP32 understands, with the candidates of this address alone. */
  readonly esp32: { readonly host: string | undefined } | undefined;
  /** How long a client may take to connect, in ms. */
  readonly connectTimeoutMs: number;
  /** A client that has pinged, and sends nothing at all for so long, is gone, in ms. */
  readonly pingTimeoutMs: number;
}

/** App messages that wait until somebody intercepts them. */
const MAX_EARLY_MESSAGES = 256;
const MAX_EARLY_BYTES = 1 << 20;
/** Offers that may wait for one another; a client waits for the answer to each. */
const MAX_UNANSWERED = 8;
/** How long a bot that is done before its client has connected waits for it. */
const ARRIVAL_MS = 10_000;

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/** A peer on werift, which waits for its first offer once it is made. */
export class WeriftPeer implements Peer {
  readonly id: string;
  readonly incoming: Incoming<Frame>;
  readonly writable: WritableStream<Frame>;
  readonly reached: Promise<void>;
  readonly ready: Promise<void>;
  readonly closed: Promise<CloseInfo>;
  readonly video: Video;

  #stack: Stack;
  #settings: PeerSettings;
  #logger: Logger;
  #presence: Presence;
  #ready = Promise.withResolvers<void>();
  #closed = Promise.withResolvers<CloseInfo>();
  #outgoing: Outgoing;
  #watching = observed();
  #media: Media;
  #chat: ChatChannel;
  #early: unknown[] = [];
  #earlyBytes = 0;
  #taker: ((data: unknown) => boolean) | undefined;
  #connection: Connection;
  #answering: Promise<unknown> = Promise.resolve();
  #unanswered = 0;
  #stopTicking: () => void;
  #hasData = false;
  /** Whether media flows: not yet while connecting, nor while reconnecting. */
  #live = false;
  /** Whether media has to wait, however connected the peer is. */
  #held = false;
  /** Resolves when messages have a channel, or need none any more. */
  #chatting = Promise.withResolvers<void>();
  #over = false;
  #received = 0;
  /** Settles when nothing of the call is left. */
  #gone: Promise<void> | undefined;

  /**
   * Makes a peer; its first {@link answer} decides whether it is of use.
   *
   * @param about What names the call in the log, beside its id.
   */
  constructor(
    id: string,
    stack: Stack,
    settings: PeerSettings,
    about: Readonly<Record<string, unknown>> = {},
  ) {
    this.id = id;
    this.#stack = stack;
    this.#settings = settings;
    // Explicitly: the ticker's calls come in the context of whoever was there when it began.
    this.#logger = logger.with({ ...about, id });
    this.#presence = createPresence(settings);
    this.reached = this.#presence.reached;
    this.ready = this.#ready.promise;
    this.ready.catch(() => {}); // a bot need not wait for it
    this.closed = this.#closed.promise;
    this.incoming = incomingFrames(this.#logger, audioFaultsOf("webrtc"));
    this.#media = createMedia(stack, this.incoming, this.#logger, this.#watching);
    this.video = stack.createVideo((frame) => this.incoming.push(frame), this.#logger);
    this.#outgoing = createOutgoing(this.#media.out, {
      ownVideo: (frame) => this.video.own(frame),
      onVideo: (frame) => this.video.write(frame),
      onMessage: (data) => {
        this.#watching.observer?.message("bot", data);
        this.send(data);
      },
      onClose: () => this.close(),
    });
    this.writable = this.#outgoing.writable;
    this.#chat = createChatChannel({
      onOpen: () => this.#chatting.resolve(),
      onClose: () => this.#end({ closeCode: 1000, reason: "The client left" }),
      onMessage: (data) => {
        this.#received++;
        this.#take(data);
      },
      onTrack: (section, isOn) => this.video.turn(section, isOn),
    }, this.#logger);
    this.#connection = this.#open();
    this.#stopTicking = sharedTicker.add((ticks) => this.#tick(ticks));
  }

  /** Lets no media flow until a promise resolves. */
  hold(until: Promise<unknown>): void {
    this.#held = true;
    until.then(() => {
      this.#held = false;
      this.#begin();
    }, (error) => {
      this.#logger.error("The media of peer {id} cannot begin: {error}", { error });
      this.close({ closeCode: 1011, reason: "The media cannot begin" });
    });
  }

  get readable(): Peer["readable"] {
    return this.incoming.readable;
  }

  get received(): number {
    return this.#received;
  }

  configure(audio: PeerAudio): void {
    this.#media.configure(audio);
  }

  send(data: unknown): void {
    // Without a data channel nobody will ever read it: WhatsApp's calls have none.
    if (!this.#over && this.#hasData) this.#chat.send(data);
  }

  intercept(taker: (data: unknown) => boolean): void {
    this.#taker = taker;
    for (const data of this.#early.splice(0)) this.#take(data);
  }

  observe(observer: CallObserver): void {
    this.#watching.observe(observer);
  }

  stats(): CallStats {
    return this.#media.stats();
  }

  get firstAt(): number | undefined {
    return this.#outgoing.playback.firstAt;
  }

  get writtenMs(): number {
    return this.#outgoing.playback.writtenMs;
  }

  get overMs(): number {
    return this.#outgoing.playback.overMs;
  }

  heardMs(from: number, to: number): number {
    return this.#outgoing.playback.heardMs(from, to);
  }

  watch(written: (from: number) => void): void {
    this.#outgoing.playback.watch(written);
  }

  pause(): void {
    this.#outgoing.playback.pause();
  }

  resume(): void {
    this.#outgoing.playback.resume();
  }

  accompany(background: Background | undefined): void {
    this.#outgoing.playback.accompany(background);
  }

  play(frame: AudioFrame): Promise<void> | undefined {
    return this.#outgoing.playback.play(frame);
  }

  interrupt(): void {
    this.#watching.observer?.interrupted();
    this.#outgoing.playback.interrupt();
  }

  drained(): Promise<number> {
    return this.#outgoing.playback.drained();
  }

  answer(sdp: string, options: { readonly restart?: boolean } = {}): Promise<string> {
    if (this.#unanswered === MAX_UNANSWERED) {
      const detail = "Too many offers at once; wait for an answer before the next one.";
      return Promise.reject(new RunnerError("too_many_offers", detail));
    }
    this.#unanswered++;
    // One after the other: werift takes no offer while it answers another.
    const answer = this.#answering.then(() => this.#answer(sdp, options.restart ?? false));
    this.#answering = answer.catch((error) => {
      if (!(error instanceof RunnerError) || error.code !== "invalid_offer") return;
      const { message, cause } = error;
      this.#logger.warn("An offer for peer {id} is refused: {reason}", { reason: message, cause });
    }).finally(() => this.#unanswered--);
    return answer;
  }

  async addIceCandidate(candidate: IceCandidate): Promise<void> {
    let reason: unknown = "it cannot be used";
    try {
      if (await this.#connection.addCandidate(candidate)) return;
    } catch (error) {
      reason = error;
    }
    this.#logger.debug("A candidate of peer {id} is ignored: {reason}", { reason });
  }

  close(info: CloseInfo = {}): void {
    if (!this.#over) this.#end({ by: "bot", ...info }, this.#chat.signal("peerLeft"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A client that is still connecting is waited for, though not for long: what was sent to it
    // would be lost, and it would wait for a bot that is gone.
    if (!this.#over && !this.#live) await within(ARRIVAL_MS, this.ready.catch(() => {}));
    if (this.#live && this.#chat.waits) await within(ARRIVAL_MS, this.#chatting.promise);
    if (this.#live) await this.drained();
    this.close();
    await this.#gone;
  }

  async #answer(sdp: string, restart: boolean): Promise<string> {
    const offer = readOffer(sdp);
    if (this.#over) {
      throw new RunnerError("unknown_peer", "The call is over; start a new one.");
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
    this.#hasData = offer.data !== undefined;
    this.#begin();
    const { esp32, publicAddresses } = this.#settings;
    const reachable = addAddresses(answer, publicAddresses);
    return esp32 ? simplifyAnswer(reachable, esp32.host) : reachable;
  }

  /** Goes over to a new connection; the streams and what waits in them stay. */
  #move(connection: Connection, previous: Connection): void {
    if (this.#over) return void connection.close();
    this.#connection = connection;
    this.#chat.detach();
    this.#chatting.resolve();
    this.#chatting = Promise.withResolvers();
    this.#live = false;
    this.#presence.restart();
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
      isWanted: (packet) => this.#connection === connection && this.video.admits(packet),
      onRtp: (packet) =>
        current(() => {
          this.#presence.hear();
          this.#received++;
          if (!this.video.receive(packet)) this.#media.receive(packet);
        }),
      onRtcp: (packet) =>
        current(() => {
          this.#presence.hear();
          this.#media.heard(packet);
          this.video.heard(packet);
        }),
      onSign: () => current(() => this.#presence.hear()),
    });
    return connection;
  }

  /** Lets media flow if everything is there. */
  #begin(): void {
    if (this.#over || this.#live || this.#held || !this.#connection.connected) return;
    this.#live = true;
    this.#media.begin(this.#connection);
    this.video.begin(this.#connection);
    this.#ready.resolve();
    this.#logger.debug("Peer {id} is connected");
  }

  /**
   * Ends the call.
   *
   * @param flush Whether messages are still on their way to a client that is there.
   */
  #end(info: CloseInfo, flush = false): void {
    if (this.#over) return;
    this.#over = true;
    this.#live = false;
    this.#stopTicking();
    this.#media.close();
    this.video.close();
    this.#outgoing.end();
    this.incoming.end();
    this.#chatting.resolve();
    const reason = info.reason ?? "The call was closed";
    this.#ready.reject(new RunnerError("not_connected", `${reason} before it was connected.`));
    this.#closed.resolve(info);
    const connection = this.#connection;
    this.#gone = (async () => {
      if (flush) await connection.flush();
      await connection.close();
    })();
    this.#logger.debug("Peer {id} is over: {reason}", { reason });
  }

  #tick(ticks: number): void {
    // Beats are counted and not the clock, so that a stall of this process is no silence of a
    // client.
    const elapsedMs = ticks * FRAME_MS;
    this.#chat.tick(elapsedMs);
    const { pinged, open: hasChannel } = this.#chat;
    const state = { live: this.#live, held: this.#held, pinged, hasChannel };
    const absence = this.#presence.tick(elapsedMs, state);
    if (absence) {
      const { kind, reason } = absence;
      if (kind === "unconnected") {
        this.#ready.reject(new RunnerError("connect_timeout", `${reason}.`));
      }
      this.#end({ closeCode: 1006, reason });
    } else if (this.#live) {
      this.#media.tick(ticks);
      this.video.tick();
    }
  }

  #take(data: unknown): void {
    if (!this.#taker) {
      const bytes = jsonSize(data);
      if (this.#early.length === MAX_EARLY_MESSAGES) return;
      if (this.#earlyBytes + bytes > MAX_EARLY_BYTES) return;
      this.#earlyBytes += bytes;
      this.#early.push(data);
    } else if (!this.#taker(data)) this.incoming.push({ type: "message", data });
  }
}
