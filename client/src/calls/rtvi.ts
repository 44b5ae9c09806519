import {
  LogLevel,
  PipecatClient,
  type RTVIMessage,
  type Transport,
  type TransportConnectionParams,
} from "@pipecat-ai/client-js";
import {
  botSentence,
  FIX_BOT,
  OPEN_UDP,
  RESTART,
  startAdvice,
  startSentence,
} from "../session/sentences.ts";
import type { Ending } from "../session/view.ts";
import { BOT_LEFT, type Call, type CallOptions, CONNECT_MS } from "./call.ts";
import { Microphone } from "./microphone.ts";
import { watchConnection, watchQuality } from "./quality.ts";
import { BrowserTransport } from "./webrtc.ts";

/** What differs between WebRTC and a WebSocket. */
interface Line {
  readonly transport: Transport;
  readonly microphone: Microphone;
  /** Makes the runner's answer what the transport takes. */
  accept(answer: unknown): unknown;
  /** Called when both sides are connected; returns the way to stop. */
  live(): () => void;
  /** Whether the connection works now. */
  works(): boolean;
  /** Drops what the bot said and was not heard. */
  clear(): void;
  unreachable(): Promise<Ending>;
  close(): void;
}

const WATCH_MS = 500;
const LAST_WORDS_MS = 250;

/**
 * Starts a bot and connects to it. Each call has a client of its own: a promise of the SDK that
 * settles late, or never, then belongs to a call that is over and disturbs nobody.
 */
export async function startRtviCall(options: CallOptions): Promise<Call> {
  const { settings, body, muted, show, log } = options;
  const kind = settings.transport === "websocket" ? "websocket" : "webrtc";
  const endings = new Map<string, () => void>();
  let over = false;
  let wasLive = false;
  /** Whether the socket was closed by the other side. */
  let closed = false;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let watch: ReturnType<typeof setInterval> | undefined;
  let unwatch: (() => void) | undefined;
  let started = false;

  const line = kind === "webrtc" ? webrtcLine() : await websocketLine();
  const client = new PipecatClient({
    transport: line.transport,
    enableMic: !muted,
    callbacks: {
      onTransportStateChanged: (state) => {
        // The SDK goes on connecting when it is told to stop halfway.
        if (over) return state === "ready" ? void client.disconnect() : undefined;
        show({ transport: state });
        if (state === "initializing") begin("Microphone");
        if (state === "initialized") done("Microphone");
        if (state === "authenticating") begin("Start");
        if (state === "authenticated") done("Start");
        if (state === "connecting" && kind === "websocket") begin("Socket");
        if (state === "connecting" && kind === "webrtc") {
          watchConnection(line.transport, { begin, done, stopped: () => over });
        }
      },
      onConnected: () => {
        if (!closed) clearTimeout(deadline);
        wasLive = true;
        done("Socket");
        done("Data channel");
        begin("Bot ready");
        update({ call: "live", liveAt: log.now() });
        unwatch = line.live();
        // A reconnection replaces the connection without a word, so looking is all that is left.
        let works = true;
        watch = setInterval(() => {
          if (line.works() === works) return;
          works = !works;
          update({ call: works ? "live" : "broken" });
          log.moment("broken", works ? "Connected again" : "Connection broken");
        }, WATCH_MS);
      },
      onBotReady: () => {
        done("Bot ready");
        update({ botReady: true });
      },
      onBotStartedSpeaking: () => update({ botSpeaks: true }),
      onBotStoppedSpeaking: () => update({ botSpeaks: false }),
      onTrackStarted: (track, participant) => {
        if (participant?.local || track.kind !== "audio") return;
        update({ botSound: new MediaStream([track]) });
      },
      onError: (message: RTVIMessage) => {
        if (!started) return;
        const { fatal, message: text } = (message.data ?? {}) as Record<string, unknown>;
        // The socket's transport tells of its end as of an error of the bot.
        const close = typeof text === "string"
          ? /^websocket .*?(?:Code: (\d+))?$/.exec(text)
          : null;
        if (close) {
          closed = true;
          clearTimeout(deadline);
          const normal = close[1] === "1000" || close[1] === "1005";
          // The bot's last words are still being read: they may say why.
          deadline = setTimeout(
            () => normal ? end(BOT_LEFT) : void lost().then(end),
            LAST_WORDS_MS,
          );
          return;
        }
        if (fatal === true) {
          end({ sentence: botSentence(message.data), advice: FIX_BOT, failed: true });
        }
      },
      onBotDisconnected: () => end(BOT_LEFT),
      onDisconnected: () => closed || void (wasLive ? lost() : line.unreachable()).then(end),
      onAvailableMicsUpdated: (microphones) => update({ microphones }),
      onMicUpdated: ({ deviceId }) => update({ microphoneId: deviceId }),
      onDeviceError: ({ type }) => update({ microphoneFailure: type }),
    },
  });
  client.setLogLevel(LogLevel.NONE);

  function begin(name: string): void {
    if (!over && !endings.has(name)) endings.set(name, log.phase(name));
  }

  function done(name: string): void {
    endings.get(name)?.();
    endings.set(name, () => {}); // what is done does not begin again
  }

  function update(change: Parameters<typeof show>[0]): void {
    if (!over) show(change);
  }

  function tap(direction: "in" | "out", { type, data }: RTVIMessage): void {
    if (over) return;
    log.message(direction, type, data);
    if (direction === "in" && type === "bot-interrupted") line.clear();
  }

  function end(ending: Ending): void {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    clearInterval(watch);
    unwatch?.();
    show({ call: "off", ending });
    void client.disconnect().catch(() => {});
    void line.microphone.disconnect(); // the SDK forgets it when there was no connection yet
    line.close();
  }

  function webrtcLine(): Line {
    const microphone = new Microphone(options.microphoneId, (userSound) => {
      update({ userSound, ...(userSound ? { microphoneFailure: undefined } : {}) });
      void transport.replaceMicrophone(userSound?.getAudioTracks()[0] ?? null);
    });
    const transport: BrowserTransport = new BrowserTransport(microphone, tap);
    return {
      transport,
      microphone,
      accept(answer) {
        const { sessionId } = (answer ?? {}) as { sessionId?: unknown };
        if (typeof sessionId === "string") update({ sessionId });
        return answer;
      },
      live: () => watchQuality(() => transport.peerConnection, { log, show: update }),
      works: () => transport.peerConnection?.connectionState === "connected",
      clear: () => {},
      unreachable: () =>
        Promise.resolve(
          transport.tried
            ? {
              sentence: "ICE failed: no network path leads to the bot.",
              advice: `${transport.tried} ${OPEN_UDP}`,
              failed: true,
            }
            : { sentence: UNREACHABLE, advice: OPEN_UDP, failed: true },
        ),
      close: () => {},
    };
  }

  async function websocketLine(): Promise<Line> {
    const { openWebSocketLine } = await import("./websocket.ts");
    const opened = await openWebSocketLine({
      microphoneId: options.microphoneId,
      tap,
      log,
      onUserSound: (userSound) =>
        update({ userSound, ...(userSound ? { microphoneFailure: undefined } : {}) }),
      onSessionId: (sessionId) => update({ sessionId }),
      onPath: (path) => update({ path }),
    });
    update({ botSound: opened.botSound });
    return {
      ...opened,
      works: () => true,
      unreachable: () =>
        Promise.resolve({
          sentence: "The runner took the call, but its WebSocket did not open.",
          advice: "A proxy between here and the runner has to let WebSockets through.",
          failed: true,
        }),
    };
  }

  async function connect(): Promise<void> {
    const answer = await client.startBot({
      endpoint: new URL("../start", document.baseURI).href,
      requestData: {
        createDailyRoom: false,
        enableDefaultIceServers: settings.stun,
        transport: kind,
        body: body as Record<string, never>, // it was JSON a moment ago
      },
    });
    if (over) return;
    started = true;
    const params = line.accept(answer);
    deadline = setTimeout(() => void line.unreachable().then(end), CONNECT_MS);
    // This promise waits for bot-ready, which not every bot sends. The callbacks tell all.
    await client.connect(params as TransportConnectionParams); // parsed by the transport
  }

  void connect().catch(async (error: unknown) => {
    if (over) return;
    end(
      started
        ? await line.unreachable()
        : { sentence: startSentence(error), advice: startAdvice(error), failed: true },
    );
  });
  return {
    end,
    setMuted: (enabled) => client.enableMic(!enabled),
    chooseMicrophone: (deviceId) => client.updateMic(deviceId),
    say: (text) => void client.sendText(text),
    press: (key) => client.sendDTMF(key),
  };
}

/** Says whether the runner has gone with the connection. */
export async function lost(): Promise<Ending> {
  const alive = await fetch(new URL("../status", document.baseURI), { cache: "no-store" })
    .then(({ ok }) => ok, () => false);
  const sentence = "The connection to the runner was lost.";
  return alive
    ? { sentence, advice: "The runner is there again: press Connect.", failed: true }
    : { sentence, advice: `It does not answer any more. ${RESTART}`, failed: true };
}

const UNREACHABLE =
  "No connection to the bot came about: the runner refused it, or the network blocks WebRTC.";
