import type { PipecatClientOptions, RTVIMessage } from "@pipecat-ai/client-js";
import { ProtobufFrameSerializer, WebSocketTransport } from "@pipecat-ai/websocket-transport";
import { startCapture } from "../audio/capture.ts";
import { startPlayer } from "../audio/player.ts";
import type { CallLog } from "../session/log.ts";
import { ownSocket, type Tap } from "./call.ts";
import { Microphone } from "./microphone.ts";

/** The rates of Pipecat's transport, in Hz. */
const RECORDER_RATE = 16_000;
const PLAYER_RATE = 24_000;
const BLOCK_MS = 20;
const SAMPLE_MS = 1000;

interface WebSocketLineOptions {
  readonly microphoneId: string | undefined;
  readonly tap: Tap;
  readonly log: CallLog;
  readonly onUserSound: (stream: MediaStream | undefined) => void;
  readonly onSessionId: (id: string) => void;
  readonly onPath: (path: string) => void;
}

/** What a call over a WebSocket is made of. */
interface WebSocketLine {
  readonly transport: WebSocketTransport;
  readonly microphone: Microphone;
  readonly botSound: MediaStream;
  accept(answer: unknown): unknown;
  live(): () => void;
  clear(): void;
  close(): void;
}

/** Prepares Pipecat's own WebSocket transport, with the page's microphone and player. */
export async function openWebSocketLine(options: WebSocketLineOptions): Promise<WebSocketLine> {
  const { tap, log } = options;
  let send: (sound: ArrayBuffer) => void = () => {};
  const [capture, player] = await Promise.all([
    startCapture({
      sampleRate: RECORDER_RATE,
      blockMs: BLOCK_MS,
      onSamples: ({ buffer }) => transport.state === "ready" && send(buffer),
    }),
    startPlayer(PLAYER_RATE),
  ]);
  const microphone = new SocketMicrophone(options.microphoneId, (stream) => {
    capture.use(stream);
    options.onUserSound(stream);
  });
  microphone.onSend = (callback) => {
    send = callback;
  };
  microphone.onSound = player.play;
  const serializer = new CountingSerializer();
  // Its media manager is an abstract class of the package, of which only the public part counts.
  const settings: object = {
    mediaManager: microphone,
    serializer,
    recorderSampleRate: RECORDER_RATE,
  };
  const transport: WebSocketTransport = new TappedTransport(settings, tap);
  return {
    transport,
    microphone,
    botSound: player.stream,
    accept(answer) {
      const { wsUrl, token } = (answer ?? {}) as { wsUrl?: unknown; token?: unknown };
      if (typeof wsUrl !== "string") return answer;
      // The session's id is the last part of the address, unless a token stands for it.
      const id = new URL(wsUrl).pathname.split("/").at(-1) ?? "";
      if (/^[0-9a-f-]{36}$/.test(id)) options.onSessionId(id);
      return { wsUrl: ownSocket(wsUrl), ...(token === undefined ? {} : { token }) };
    },
    live() {
      options.onPath("WebSocket, PCM at 16 kHz to the bot and 24 kHz from it");
      const timer = setInterval(() => {
        const { received, sent } = serializer.take();
        log.quality({
          received: received * 8 / SAMPLE_MS,
          sent: sent * 8 / SAMPLE_MS,
          queuedMs: player.queuedMs,
        });
      }, SAMPLE_MS);
      return () => clearInterval(timer);
    },
    clear: () => void player.clear(),
    close() {
      capture.close();
      player.close();
    },
  };
}

/** A microphone with the further methods that the socket's transport calls. */
class SocketMicrophone extends Microphone {
  onSend: (send: (sound: ArrayBuffer) => void) => void = () => {};
  onSound: (samples: Int16Array) => void = () => {};

  setUserAudioCallback(send: (sound: ArrayBuffer) => void): void {
    this.onSend(send);
  }

  bufferBotAudio(samples: Int16Array): undefined {
    this.onSound(samples);
  }

  userStartedSpeaking(): Promise<void> {
    return Promise.resolve();
  }
}

/** Counts the bytes of each second. */
class CountingSerializer extends ProtobufFrameSerializer {
  #received = 0;
  #sent = 0;

  take(): { readonly received: number; readonly sent: number } {
    const counts = { received: this.#received, sent: this.#sent };
    this.#received = this.#sent = 0;
    return counts;
  }

  override serializeAudio(data: ArrayBuffer, rate: number, channels: number): Uint8Array {
    const bytes = super.serializeAudio(data, rate, channels);
    this.#sent += bytes.length;
    return bytes;
  }

  override deserialize(data: Blob): ReturnType<ProtobufFrameSerializer["deserialize"]> {
    this.#received += data.size;
    return super.deserialize(data);
  }
}

/** The transport of Pipecat's SDK, with an eye on its messages. */
class TappedTransport extends WebSocketTransport {
  readonly #tap: Tap;

  constructor(options: object, tap: Tap) {
    super(options);
    this.#tap = tap;
  }

  override initialize(
    options: PipecatClientOptions,
    handle: (message: RTVIMessage) => void,
  ): void {
    super.initialize(options, (message) => {
      this.#tap("in", message);
      handle(message);
    });
  }

  override sendMessage(message: RTVIMessage): void {
    this.#tap("out", message);
    super.sendMessage(message);
  }
}
