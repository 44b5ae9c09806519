import {
  type PipecatClientOptions,
  RTVIMessage,
  type Tracks,
  Transport,
} from "@pipecat-ai/client-js";
import type {
  LocalAudioTrack,
  LocalTrack,
  RemoteParticipant,
  RemoteTrack,
  Room,
} from "livekit-client";
import type { LiveKitFrame } from "./livekit_frame.ts";
import type { Microphone } from "./microphone.ts";

/** What a room of LiveKit is joined with. */
interface JoinParams {
  readonly url: string;
  readonly token: string;
}

/** How long a bot may take to be heard, once it is in the room, before it is talked to, in ms. */
const SHY_MS = 2000;

/**
 * Pipecat has no client transport for LiveKit's rooms. This one speaks as Pipecat's servers do there:
 * RTVI messages are JSON in reliable data packets without a topic.
 */
export class LiveKitTransport extends Transport {
  readonly room: Room;
  readonly #frame: LiveKitFrame;
  readonly #microphone: Microphone;
  readonly #botThere = Promise.withResolvers<void>();
  #published: LocalAudioTrack | undefined;
  #heard: RemoteTrack | undefined;
  #bot: RemoteParticipant | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(frame: LiveKitFrame, microphone: Microphone) {
    super();
    this.#frame = frame;
    this.#microphone = microphone;
    this.room = frame.openLiveKit();
  }

  override initialize(
    options: PipecatClientOptions,
    onMessage: (message: RTVIMessage) => void,
  ): void {
    this._options = options;
    this._callbacks = options.callbacks ?? {};
    this._onMessage = onMessage;
    this.#microphone.setClientOptions(options);
    this.state = "disconnected";
    const { room } = this;
    room.on("participantConnected", (who) => this.#meet(who));
    room.on("trackSubscribed", (track, _publication, who) => this.#listen(track, who));
    room.on("dataReceived", (bytes, _who, _kind, topic) => {
      if (!topic) this.#read(bytes);
    });
    room.on("participantDisconnected", (who) => {
      if (who === this.#bot) this._callbacks.onBotDisconnected?.(participantOf(who));
    });
    room.on("disconnected", () => {
      if (this.state === "disconnecting" || this.state === "disconnected") return;
      this.state = "disconnected";
      this._callbacks.onDisconnected?.();
    });
  }

  override async initDevices(): Promise<void> {
    this.state = "initializing";
    await this.#microphone.initialize();
    this.state = "initialized";
  }

  override _validateConnectionParams(params: unknown): JoinParams {
    const { url, token } = (params ?? {}) as Partial<JoinParams>;
    if (!url || !token) throw new TypeError("The runner named no room.");
    return { url, token };
  }

  override async _connect(params?: unknown): Promise<void> {
    const { url, token } = this._validateConnectionParams(params);
    this.state = "connecting";
    await this.room.connect(url, token);
    await this.#microphone.connect();
    await this.publish(this.#microphone.tracks().local.audio);
    if (this._abortController?.signal.aborted) return;
    this.state = "connected";
    this._callbacks.onConnected?.();
    for (const who of this.room.remoteParticipants.values()) this.#meet(who);
  }

  override async _disconnect(): Promise<void> {
    this.state = "disconnecting";
    clearTimeout(this.#timer);
    await this.#microphone.disconnect();
    await this.room.disconnect();
    this.state = "disconnected";
    this._callbacks.onDisconnected?.();
  }

  /** Sends another track, or the first. */
  async publish(track: MediaStreamTrack | undefined): Promise<void> {
    if (!track || this.room.state !== "connected") return;
    if (this.#published) return void await this.#published.replaceTrack(track, true);
    this.#published = this.#frame.trackForLiveKit(track);
    await this.room.localParticipant.publishTrack(this.#published as LocalTrack);
  }

  /** What the browser measures of both tracks. */
  async getStats(): Promise<RTCStatsReport> {
    const reports = [this.#heard, this.#published].map((track) => track?.getRTCStatsReport());
    return new Map((await Promise.all(reports)).flatMap((report) => [...report ?? []]));
  }

  #meet(who: RemoteParticipant): void {
    if (this.#bot) return;
    this.#bot = who;
    this._callbacks.onBotConnected?.(participantOf(who));
    this.#timer = setTimeout(this.#botThere.resolve, SHY_MS);
  }

  #listen(track: RemoteTrack, who: RemoteParticipant): void {
    if (track.kind !== "audio") return;
    this.#meet(who);
    if (who !== this.#bot) return;
    this.#heard = track;
    // Whoever is heard hears, too.
    this.#botThere.resolve();
    this._callbacks.onTrackStarted?.(track.mediaStreamTrack, participantOf(who));
  }

  #read(bytes: Uint8Array): void {
    let message: Partial<RTVIMessage> = {};
    try {
      message = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      // Not for this page.
    }
    if (message?.label === "rtvi-ai") this._onMessage(message as RTVIMessage);
  }

  override sendReadyMessage(): void {
    // What is sent to an empty room reaches nobody.
    void this.#botThere.promise.then(() => {
      if (this.state !== "connected") return;
      this.state = "ready";
      this.sendMessage(RTVIMessage.clientReady());
    });
  }

  override sendMessage(message: RTVIMessage): void {
    const bytes = new TextEncoder().encode(JSON.stringify(message));
    void this.room.localParticipant.publishData(bytes, { reliable: true }).catch(() => {});
  }

  override get state(): typeof this._state {
    return this._state;
  }

  override set state(state: typeof this._state) {
    if (this._state === state) return;
    this._state = state;
    this._callbacks.onTransportStateChanged?.(state);
  }

  override tracks(): Tracks {
    return this.#microphone.tracks();
  }

  override getAllMics(): Promise<MediaDeviceInfo[]> {
    return this.#microphone.getAllMics();
  }

  override getAllCams(): Promise<MediaDeviceInfo[]> {
    return this.#microphone.getAllCams();
  }

  override getAllSpeakers(): Promise<MediaDeviceInfo[]> {
    return this.#microphone.getAllSpeakers();
  }

  override updateMic(deviceId: string): void {
    void this.#microphone.updateMic(deviceId);
  }

  override enableMic(enabled: boolean): void {
    this.#microphone.enableMic(enabled);
  }

  override get isMicEnabled(): boolean {
    return this.#microphone.isMicEnabled;
  }

  override get selectedMic(): MediaDeviceInfo | Record<string, never> {
    return this.#microphone.selectedMic;
  }

  // The page shows no picture in a room.
  override updateCam(): void {}
  override updateSpeaker(): void {}
  override enableCam(): void {}
  override enableScreenShare(): void {}
  override readonly isCamEnabled = false;
  override readonly isSharingScreen = false;
  override readonly selectedCam = {};
  override readonly selectedSpeaker = {};
}

function participantOf({ identity, name }: RemoteParticipant) {
  return { id: identity, name: name ?? identity, local: false };
}
