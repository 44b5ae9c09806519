import { ProtobufFrameSerializer, WebSocketTransport } from "@pipecat-ai/websocket-transport";
import { startCapture } from "../audio/capture.ts";
import { startPlayer } from "../audio/player.ts";
import type { RtviLine, RtviLineOptions } from "./line.ts";
import { Microphone } from "./microphone.ts";
import { ownSocket } from "./own_socket.ts";

/** The rates of Pipecat's transport, in Hz. */
const RECORDER_RATE = 16_000;
const PLAYER_RATE = 24_000;
const BLOCK_MS = 20;
const SAMPLE_MS = 1000;

/** Prepares Pipecat's own WebSocket transport, with the page's microphone and player. */
export async function openWebSocketLine(options: RtviLineOptions): Promise<RtviLine> {
  const { log, update, steps } = options;
  let send: (sound: ArrayBuffer) => void = () => {};
  // Sound comes before there is a transport to send it with.
  let ready = (): boolean => false;
  const [capture, player] = await Promise.all([
    startCapture({
      sampleRate: RECORDER_RATE,
      blockMs: BLOCK_MS,
      onSamples: ({ buffer }) => ready() && send(buffer),
    }),
    startPlayer(PLAYER_RATE),
  ]);
  const microphone = new SocketMicrophone(options, (userSound) => {
    capture.use(userSound);
    update({ userSound, ...(userSound ? { microphoneFailure: undefined } : {}) });
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
  const transport: WebSocketTransport = new WebSocketTransport(settings);
  ready = () => transport.state === "ready";
  update({ botSound: player.stream });
  return {
    transport,
    request: { createDailyRoom: false },
    accept(answer) {
      const { wsUrl, token } = (answer ?? {}) as { wsUrl?: unknown; token?: unknown };
      if (typeof wsUrl !== "string") return answer;
      // The session's id is the last part of the address, unless a token stands for it.
      const id = new URL(wsUrl).pathname.split("/").at(-1) ?? "";
      if (/^[0-9a-f-]{36}$/.test(id)) update({ sessionId: id });
      return {
        wsUrl: ownSocket(wsUrl, document.baseURI),
        ...(token === undefined ? {} : { token }),
      };
    },
    connecting: () => steps.begin("Socket"),
    works: () => true,
    read: serializer.read,
    unreachable: () => ({
      sentence: "The runner took the call, but its WebSocket did not open.",
      advice: "A proxy between here and the runner must let WebSockets through.",
      failed: true,
    }),
    live() {
      update({ path: "WebSocket, PCM at 16 kHz to the bot and 24 kHz from it" });
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
    process: (processing) => void microphone.process(processing),
    clear: () => void player.clear(),
    close() {
      void microphone.disconnect();
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

/** Counts the bytes of each second, and knows when all messages were read. */
class CountingSerializer extends ProtobufFrameSerializer {
  #received = 0;
  #sent = 0;
  readonly #reading = new Set<Promise<unknown>>();

  readonly read = async (): Promise<void> => {
    while (this.#reading.size > 0) await Promise.allSettled(this.#reading);
    // The transport passes on what was read in a task of its own.
    await new Promise((resolve) => setTimeout(resolve));
  };

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
    const reading = super.deserialize(data);
    this.#reading.add(reading);
    const done = (): void => void this.#reading.delete(reading);
    reading.then(done, done);
    return reading;
  }
}
