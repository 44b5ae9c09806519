/**
 * The other end of a WebRTC call, over one werift connection after another.
 *
 * @module
 */
import { sharedTicker } from "../../audio/ticker.ts";
import { audioFaultsOf } from "../../core/audio_faults.ts";
import { type CallObserver, observed } from "../../core/call_observer.ts";
import type { CallStats } from "../../core/call_stats.ts";
import type { CloseInfo } from "../../core/duplex.ts";
import { RunnerError } from "../../core/error.ts";
import { type Frame, FRAME_MS } from "../../core/frame.ts";
import type { Incoming } from "../../core/incoming.ts";
import { incomingFrames } from "../../core/incoming_frames.ts";
import { getLogger, type Logger } from "../../core/log.ts";
import { messageIntake } from "../../core/message_intake.ts";
import type { IceCandidate, Peer, PeerAudio } from "../../core/peer.ts";
import type { Playback } from "../../core/playback.ts";
import { within } from "../../core/wait.ts";
import { type ChatChannel, createChatChannel } from "./chat_channel.ts";
import { type Connections, type ConnectionsSettings, createConnections } from "./connections.ts";
import type { RtpPacket } from "./guard/rtp_packet.ts";
import { createMedia, type Media, type Stack } from "./media.ts";
import { createOutgoing, type Outgoing } from "./outgoing.ts";
import { createPresence, type Presence, type PresenceLimits } from "./presence.ts";
import type { Video } from "./video/video.ts";

/** How peers behave. */
export interface PeerSettings extends ConnectionsSettings, PresenceLimits {}

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
  readonly playback: Playback;
  readonly video: Video;

  #logger: Logger;
  #presence: Presence;
  #ready = Promise.withResolvers<void>();
  #closed = Promise.withResolvers<CloseInfo>();
  #outgoing: Outgoing;
  #watching = observed();
  #media: Media;
  #chat: ChatChannel;
  #messages = messageIntake((data) => this.incoming.push({ type: "message", data }));
  #connections: Connections;
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
      onInterrupt: () => this.#watching.observer?.interrupted(),
      onClose: () => this.close(),
    });
    this.writable = this.#outgoing.writable;
    this.playback = this.#outgoing.playback;
    this.#chat = createChatChannel({
      onOpen: () => this.#chatting.resolve(),
      onClose: () => this.#end({ closeCode: 1000, reason: "The client left" }),
      onMessage: (data) => {
        this.#received++;
        this.#messages.take(data);
      },
      onTrack: (section, isOn) => this.video.turn(section, isOn),
    }, this.#logger);
    this.#connections = this.#connect(stack, settings);
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
    this.#messages.intercept(taker);
  }

  observe(observer: CallObserver): void {
    this.#watching.observe(observer);
  }

  stats(): CallStats {
    return this.#media.stats();
  }

  answer(sdp: string, options: { readonly restart?: boolean } = {}): Promise<string> {
    return this.#connections.answer(sdp, options.restart ?? false);
  }

  addIceCandidate(candidate: IceCandidate): Promise<void> {
    return this.#connections.addCandidate(candidate);
  }

  close(info: CloseInfo = {}): void {
    if (!this.#over) this.#end({ by: "bot", ...info }, this.#chat.signal("peerLeft"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A client that is still connecting is waited for, though not for long: what was sent to it
    // would be lost, and it would wait for a bot that is gone.
    if (!this.#over && !this.#live) await within(ARRIVAL_MS, this.ready.catch(() => {}));
    if (this.#live && this.#chat.waits) await within(ARRIVAL_MS, this.#chatting.promise);
    if (this.#live) await this.playback.drained();
    this.close();
    await this.#gone;
  }

  #connect({ werift }: Stack, settings: PeerSettings): Connections {
    return createConnections(werift, settings, {
      onConnect: () => this.#begin(),
      onEnd: (info) => this.#end(info),
      onAnswer: ({ data }) => {
        this.#hasData = data !== undefined;
        this.#begin();
      },
      onMove: () => this.#restart(),
      onChannel: (channel) => this.#chat.attach(channel),
      isWanted: (packet) => this.video.admits(packet),
      onRtp: (packet) => this.#receive(packet),
      onRtcp: (report) => {
        this.#presence.hear();
        this.#media.heard(report);
        this.video.heard(report);
      },
      onSign: () => this.#presence.hear(),
    }, this.#logger);
  }

  #receive(packet: RtpPacket): void {
    this.#presence.hear();
    this.#received++;
    if (!this.video.receive(packet)) this.#media.receive(packet);
  }

  /** Waits for a new connection, and for its channel. */
  #restart(): void {
    this.#chat.detach();
    this.#chatting.resolve();
    this.#chatting = Promise.withResolvers();
    this.#live = false;
    this.#presence.restart();
  }

  /** Lets media flow if everything is there. */
  #begin(): void {
    const { current } = this.#connections;
    if (this.#over || this.#live || this.#held || !current.connected) return;
    this.#live = true;
    this.#media.begin(current);
    this.video.begin(current);
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
    this.#gone = this.#connections.close(flush);
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
}
