import { DeviceError, type PipecatClientOptions, type Tracks } from "@pipecat-ai/client-js";
import { deviceErrorType } from "../session/sentences.ts";
import { listMicrophones } from "./devices.ts";
import type { Processing } from "../session/sound.ts";
import type { Filming } from "./filming.ts";

/** Which microphone, and how it sounds. */
export interface MicrophoneChoice {
  /** Its device id. Default: the browser's own choice. */
  readonly microphoneId: string | undefined;
  /** What takes its place. */
  readonly voice?: MediaStream | undefined;
  /** What the browser does to its sound. */
  readonly processing: Processing;
}

/**
 * The microphone of one call, in the shape in which `SmallWebRTCTransport` wants its media manager.
 * It takes the
 * place of the transport's own managers: one of them loads code from a CDN, the other resamples in
 * a worklet and cannot change the device during a call. What the user films is passed on.
 *
 * Without a microphone a call still works: the user listens and types.
 */
export class Microphone {
  readonly supportsScreenShare = true;
  readonly selectedCam: Record<string, never> = {};
  readonly selectedSpeaker: Record<string, never> = {};

  #callbacks: NonNullable<PipecatClientOptions["callbacks"]> = {};
  #enabled = true;
  #choice: MicrophoneChoice;
  #selected: MediaDeviceInfo | undefined;
  #stream: MediaStream | undefined;
  #asked = false;
  readonly #lifetime = new AbortController();
  /** Counts attempts, so that a permission granted too late opens nothing. */
  #attempt = 0;
  readonly #onStream: (stream: MediaStream | undefined) => void;
  readonly #filming: Filming | undefined;

  /** `onStream` is told whenever the sound comes from another stream, or from none. */
  constructor(
    choice: MicrophoneChoice,
    onStream: (stream: MediaStream | undefined) => void,
    filming?: Filming,
  ) {
    this.#filming = filming;
    this.#choice = choice;
    this.#onStream = onStream;
    const { signal } = this.#lifetime;
    const changed = (): void => void this.#devicesChanged();
    navigator.mediaDevices?.addEventListener("devicechange", changed, {
      signal,
    });
  }

  setClientOptions(options: PipecatClientOptions): void {
    this.#callbacks = options.callbacks ?? {};
    this.#enabled = options.enableMic ?? true;
  }

  get isMicEnabled(): boolean {
    return this.#enabled;
  }

  /** The chosen microphone, as the browser names it. */
  get selectedMic(): MediaDeviceInfo | Record<string, never> {
    return this.#selected ?? {};
  }

  get isCamEnabled(): boolean {
    return this.#filming?.track("camera") !== undefined;
  }

  get isSharingScreen(): boolean {
    return this.#filming?.track("screen") !== undefined;
  }

  tracks(): Tracks {
    const audio = this.#track;
    const video = this.#filming?.track("camera");
    const screenVideo = this.#filming?.track("screen");
    return {
      local: {
        ...(audio ? { audio } : {}),
        ...(video ? { video } : {}),
        ...(screenVideo ? { screenVideo } : {}),
      },
    };
  }

  async initialize(): Promise<void> {
    if (this.#enabled) await this.#open();
    this.#asked = true;
  }

  async connect(): Promise<void> {
    // Whoever has just said no is not asked a second time for the same call.
    if (this.#enabled && !this.#track && !this.#asked) await this.#open();
    this.#asked = false;
  }

  // deno-lint-ignore require-await -- the transport waits for it
  async disconnect(): Promise<void> {
    this.#attempt++;
    this.#lifetime.abort();
    this.#use(undefined);
    this.#filming?.close();
  }

  /** Mutes and unmutes. A microphone that is off, or was refused, is asked for again. */
  enableMic(enabled: boolean): void {
    this.#enabled = enabled;
    const track = this.#track;
    if (track) track.enabled = enabled;
    else if (enabled) void this.#open();
  }

  async updateMic(deviceId: string): Promise<void> {
    this.#choice = { ...this.#choice, microphoneId: deviceId };
    if (this.#track) await this.#open();
  }

  /** Changes what the browser does to the sound, in a call, too. */
  async process(processing: Processing): Promise<void> {
    this.#choice = { ...this.#choice, processing };
    const track = this.#track;
    if (!track || this.#choice.voice) return;
    await track.applyConstraints(this.#constraints).catch(() => {});
    const { echoCancellation, noiseSuppression } = track.getSettings();
    const done = (echoCancellation ?? false) === processing.echoCancellation &&
      (noiseSuppression ?? false) === processing.noiseSuppression;
    // Some browsers do this only to a microphone that they open.
    if (!done && track === this.#track) await this.#open();
  }

  getAllMics(): Promise<MediaDeviceInfo[]> {
    return listMicrophones();
  }

  getAllCams(): Promise<MediaDeviceInfo[]> {
    return Promise.resolve([]);
  }

  getAllSpeakers(): Promise<MediaDeviceInfo[]> {
    return Promise.resolve([]);
  }

  updateCam(): void {}
  updateSpeaker(): void {}

  enableCam(enabled: boolean): void {
    this.#filming?.turn("camera", enabled);
  }

  enableScreenShare(enabled: boolean): void {
    this.#filming?.turn("screen", enabled);
  }

  get #track(): MediaStreamTrack | undefined {
    return this.#stream?.getAudioTracks().find((track) => track.readyState === "live");
  }

  get #constraints(): MediaTrackConstraints {
    const { microphoneId, processing: { echoCancellation, noiseSuppression } } = this.#choice;
    return {
      channelCount: 1,
      echoCancellation,
      noiseSuppression,
      autoGainControl: true,
      ...(microphoneId ? { deviceId: { exact: microphoneId } } : {}),
    };
  }

  async #open(): Promise<void> {
    const attempt = ++this.#attempt;
    let stream: MediaStream;
    try {
      // A page that is neither https nor localhost has no mediaDevices: that is a TypeError.
      stream = this.#choice.voice ??
        await navigator.mediaDevices.getUserMedia({ audio: this.#constraints });
    } catch (error) {
      if (attempt === this.#attempt) this.#fail(error);
      return;
    }
    if (attempt !== this.#attempt) return stop(stream);
    const [track] = stream.getAudioTracks();
    if (track) {
      track.enabled = this.#enabled;
      // The device was unplugged, or the permission taken back. `stop()` does not end up here.
      track.addEventListener("ended", () => void this.#devicesChanged());
    }
    this.#use(stream);
    await this.#listDevices();
    const deviceId = track?.getSettings().deviceId;
    this.#selected = (await listMicrophones()).find((device) => device.deviceId === deviceId);
    if (this.#selected) this.#callbacks.onMicUpdated?.(this.#selected);
  }

  #use(stream: MediaStream | undefined): void {
    const before = this.#stream;
    this.#stream = stream;
    if (before !== stream) this.#onStream(stream);
    if (before && before !== stream) stop(before);
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#callbacks.onDeviceError?.(
      new DeviceError(["mic"], deviceErrorType(error), message),
    );
  }

  async #devicesChanged(): Promise<void> {
    await this.#listDevices();
    if (!this.#stream || this.#track) return;
    this.#choice = { ...this.#choice, microphoneId: undefined };
    if (this.#enabled) await this.#open();
  }

  async #listDevices(): Promise<void> {
    this.#callbacks.onAvailableMicsUpdated?.(await listMicrophones());
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
