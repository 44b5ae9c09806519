import {
  LogLevel,
  PipecatClient,
  type RTVIMessage,
  type TransportConnectionParams,
} from "@pipecat-ai/client-js";
import { Microphone } from "./microphone.ts";
import { botSentence, startSentence } from "./sentences.ts";
import { BrowserTransport } from "./transport.ts";
import type { SessionView, Tap } from "./view.ts";

/** One call, from the click on Connect to its end. */
export interface Call {
  /** Pipecat's client of this call. */
  readonly client: PipecatClient;
  /** Ends the call; only the first reason counts. */
  end(sentence: string, options?: { readonly failed?: boolean }): void;
}

/** What a call needs. */
export interface CallOptions {
  readonly muted: boolean;
  readonly microphoneId: string | undefined;
  /** Changes what the page shows; not called any more once the call has ended. */
  readonly show: (change: Partial<SessionView>) => void;
  readonly tap: Tap;
}

/** How long the way to the bot may take once the runner has agreed to the call, in ms. */
const CONNECT_MS = 20_000;
const WATCH_MS = 500;

/**
 * Starts a bot and connects to it. Each call has a client of its own: a promise of the SDK that
 * settles late, or never, then belongs to a call that is over and disturbs nobody.
 */
export function startCall(
  { muted, microphoneId, show, tap }: CallOptions,
): Call {
  let over = false;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let watch: ReturnType<typeof setInterval> | undefined;

  const microphone = new Microphone(microphoneId, (userSound) => {
    update({
      userSound,
      ...(userSound ? { microphoneFailure: undefined } : {}),
    });
    void transport.replaceMicrophone(userSound?.getAudioTracks()[0] ?? null);
  });
  const transport: BrowserTransport = new BrowserTransport(microphone, tap);
  const client = new PipecatClient({
    transport,
    enableMic: !muted,
    callbacks: {
      onTransportStateChanged: (state) => {
        if (!over) update({ transport: state });
        // The SDK goes on connecting when it is told to stop halfway.
        else if (state === "ready") void client.disconnect();
      },
      onBotStarted: (answer) => update({ sessionId: sessionIdOf(answer) }),
      onConnected: () => {
        clearTimeout(deadline);
        update({ call: "live" });
        // A reconnection replaces the connection without a word, so looking is all that is left.
        watch = setInterval(
          () => update({ call: brokenOrLive(transport) }),
          WATCH_MS,
        );
      },
      onBotReady: () => update({ botReady: true }),
      onBotStartedSpeaking: () => update({ botSpeaks: true }),
      onBotStoppedSpeaking: () => update({ botSpeaks: false }),
      onTrackStarted: (track, participant) => {
        if (participant?.local || track.kind !== "audio") return;
        update({ botSound: new MediaStream([track]) });
      },
      onError: ({ data }: RTVIMessage) => {
        const { fatal } = (data ?? {}) as { fatal?: unknown };
        if (fatal === true && sessionStarted) {
          end(botSentence(data), { failed: true });
        }
      },
      onBotDisconnected: () => end("The bot ended the call."),
      onDisconnected: () => end(watch ? LOST : UNREACHABLE, { failed: true }),
      onAvailableMicsUpdated: (microphones) => update({ microphones }),
      onMicUpdated: ({ deviceId }) => update({ microphoneId: deviceId }),
      onDeviceError: ({ type }) => update({ microphoneFailure: type }),
    },
  });
  client.setLogLevel(LogLevel.WARN);
  let sessionStarted = false;

  function update(change: Partial<SessionView>): void {
    if (!over) show(change);
  }

  function end(sentence: string, { failed = false } = {}): void {
    if (over) return;
    update({
      call: "off",
      transport: "disconnected",
      botReady: false,
      botSpeaks: false,
      userSound: undefined,
      botSound: undefined,
      ending: { sentence, failed },
    });
    over = true;
    clearTimeout(deadline);
    clearInterval(watch);
    void client.disconnect();
    void microphone.disconnect(); // the SDK forgets it when there was no connection yet
  }

  async function connect(): Promise<void> {
    const answer = await client.startBot({
      endpoint: new URL("../start", document.baseURI).href,
      requestData: {
        createDailyRoom: false,
        enableDefaultIceServers: false,
        transport: "webrtc",
      },
    });
    if (over) return;
    sessionStarted = true;
    deadline = setTimeout(() => end(UNREACHABLE, { failed: true }), CONNECT_MS);
    // This promise waits for bot-ready, which not every bot sends. The callbacks tell all.
    await client.connect(answer as TransportConnectionParams); // parsed by the transport
  }

  void connect().catch((error: unknown) =>
    end(sessionStarted ? UNREACHABLE : startSentence(error), { failed: true })
  );
  return { client, end };
}

const LOST = "The connection to the runner was lost.";
const UNREACHABLE =
  "No connection to the bot came about: the runner refused it, or the network blocks WebRTC.";

function brokenOrLive(transport: BrowserTransport): "live" | "broken" {
  return transport.peerConnection?.connectionState === "connected" ? "live" : "broken";
}

function sessionIdOf(answer: unknown): string | undefined {
  const { sessionId } = (answer ?? {}) as { sessionId?: unknown };
  return typeof sessionId === "string" ? sessionId : undefined;
}
