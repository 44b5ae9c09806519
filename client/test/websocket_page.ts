/** A page with Pipecat's client SDK over a plain WebSocket, as an app without internet would use it. */
import { PipecatClient, type RTVIEventCallbacks } from "@pipecat-ai/client-js";
import { WavMediaManager, WebSocketTransport } from "@pipecat-ai/websocket-transport";
import "./record.ts";

const RECORDER_CHUNK_BYTES = 512;
const RECORDER_SAMPLE_RATE = 16_000;

const audio = document.createElement("audio");
document.body.append(audio);

// The transport plays into the speakers; here an element that can be recorded plays, too.
const connect = AudioNode.prototype.connect as (
  this: AudioNode,
  ...target: readonly unknown[]
) => AudioNode;
AudioNode.prototype.connect = function (
  this: AudioNode,
  ...target: readonly unknown[]
) {
  if (
    target[0] instanceof AudioDestinationNode &&
    this instanceof AudioWorkletNode &&
    target[0].context instanceof AudioContext
  ) {
    connect.call(this, recorded(target[0].context));
  }
  return connect.call(this, ...target);
} as typeof AudioNode.prototype.connect;

let destination: MediaStreamAudioDestinationNode | undefined;

function recorded(context: AudioContext): MediaStreamAudioDestinationNode {
  if (destination?.context !== context) {
    destination = context.createMediaStreamDestination();
    audio.srcObject = destination.stream;
    void audio.play().then(() => note("playing")());
  }
  return destination;
}

/** What the SDK called back with, by name. */
const events: { readonly name: string; readonly data: unknown }[] = [];

function note(name: string): (data?: unknown) => void {
  return (data) => events.push({ name, data: data === undefined ? null : data });
}

const callbacks: RTVIEventCallbacks = {
  onConnected: note("connected"),
  onDisconnected: note("disconnected"),
  onBotStarted: note("botStarted"),
  onBotReady: note("botReady"),
  onError: ({ data }) => note("error")(data),
  onServerMessage: note("serverMessage"),
  onBotOutput: note("botOutput"),
};

const client = new PipecatClient({
  // The transport's default media manager loads code from a CDN.
  transport: new WebSocketTransport({
    mediaManager: new WavMediaManager(
      RECORDER_CHUNK_BYTES,
      RECORDER_SAMPLE_RATE,
    ),
    recorderSampleRate: RECORDER_SAMPLE_RATE,
  }),
  enableMic: true,
  callbacks,
});

/** Waits for an event that came since the events were last cleared, or comes in time. */
async function waitFor(name: string, milliseconds = 10_000): Promise<unknown> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const event = events.find((other) => other.name === name);
    if (event) return event.data;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const seen = events.map((event) => event.name).join(", ");
  throw new Error(`No ${name} in ${milliseconds} ms; there were: ${seen}.`);
}

Object.assign(globalThis, { client, events, waitFor });
