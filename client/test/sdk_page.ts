/** A page with nothing but Pipecat's client SDK, as an app without internet would use it. */
import { PipecatClient, type RTVIEventCallbacks } from "@pipecat-ai/client-js";
import { SmallWebRTCTransport, WavMediaManager } from "@pipecat-ai/small-webrtc-transport";
import "./record.ts";

const audio = document.createElement("audio");
document.body.append(audio);

/** What the SDK called back with, by name. */
const events: { readonly name: string; readonly data: unknown }[] = [];

function note(name: string): (data?: unknown) => void {
  return (data) => events.push({ name, data: data === undefined ? null : data });
}

const callbacks: RTVIEventCallbacks = {
  onConnected: note("connected"),
  onDisconnected: note("disconnected"),
  onTransportStateChanged: note("state"),
  onBotStarted: note("botStarted"),
  onBotReady: note("botReady"),
  onBotDisconnected: note("botDisconnected"),
  onError: ({ data }) => note("error")(data),
  onMessageError: ({ data }) => note("messageError")(data),
  onServerMessage: note("serverMessage"),
  onBotOutput: note("botOutput"),
  onUserTranscript: note("userTranscript"),
  onTrackStarted: (track, participant) => {
    if (participant?.local || track.kind !== "audio") return;
    audio.srcObject = new MediaStream([track]);
    void audio.play().then(() => note("playing")());
  },
};

const client = new PipecatClient({
  // The transport's default media manager loads code from a CDN.
  transport: new SmallWebRTCTransport({ mediaManager: new WavMediaManager() }),
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
