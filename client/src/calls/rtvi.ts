import {
  LogLevel,
  PipecatClient,
  type RTVIMessage,
  type TransportConnectionParams,
} from "@pipecat-ai/client-js";
import { loadPart } from "../session/load_part.ts";
import { botSentence, FIX_BOT, startAdvice, startSentence } from "../session/sentences.ts";
import { startHeaders } from "../session/settings.ts";
import type { Ending } from "../session/happenings.ts";
import { BOT_LEFT, type Call, type CallOptions, CONNECT_MS } from "./call.ts";
import type { Sight } from "../session/view.ts";
import type { RtviLine } from "./line.ts";
import { GONE, isThere, lost, watchRunner } from "./runner_watch.ts";
import { tapMessages } from "./tap.ts";
import { openWebRtcLine } from "./webrtc.ts";

const WATCH_MS = 500;

/**
 * Starts a bot and connects to it. Each call has a client of its own: a promise of the SDK that
 * settles late, or never, then belongs to a call that is over and disturbs nobody.
 */
export async function startRtviCall(options: CallOptions): Promise<Call> {
  const { settings, body, muted, show, log } = options;
  const kind = settings.transport;
  const endings = new Map<string, () => void>();
  let over = false;
  let wasLive = false;
  /** Whether the socket was closed by the other side. */
  let closed = false;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let watch: ReturnType<typeof setInterval> | undefined;
  let unwatch: (() => void) | undefined;
  let started = false;
  /** Where the runner takes files, if it does. */
  let uploads: URL | undefined;
  /** Whether the bot itself has sent an error; others come from the transport. */
  let botComplained = false;

  const line = await openLine();
  const client = new PipecatClient({
    transport: tapMessages(line.transport, tap),
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
        if (state === "connecting") line.connecting?.();
      },
      onConnected: () => {
        if (!closed) clearTimeout(deadline);
        wasLive = true;
        done("Socket");
        done("Data channel");
        done("Room");
        begin("Bot ready");
        update({ call: "live", liveAt: log.now() });
        const stopLine = line.live();
        const stopRunner = line.heard
          ? watchRunner(line.heard, () => end(GONE), line.ask)
          : undefined;
        unwatch = () => {
          stopLine();
          stopRunner?.();
        };
        // A reconnection replaces the connection without a word, so looking is all that is left.
        let works = true;
        watch = setInterval(() => {
          if (line.works() === works) return;
          works = !works;
          update({ call: works ? "live" : "broken" });
          log.moment("broken", works ? "Connected again" : "Connection broken");
        }, WATCH_MS);
      },
      onBotReady: (ready: unknown) => {
        done("Bot ready");
        const takesFiles = uploads !== undefined && knowsFiles(ready);
        update({ botReady: true, takesFiles, ...(line.film ? { sees: sightOf(ready) } : {}) });
      },
      onTrackStarted: (track, participant) => {
        if (track.kind === "video" && !participant?.local) {
          update({ botPicture: new MediaStream([track]) });
        }
        if (track.kind !== "audio") return;
        if (participant?.local) line.userTrack?.(track);
        else update({ botSound: new MediaStream([track]) });
      },
      onTrackStopped: (track, participant) => {
        if (track.kind === "audio" && participant?.local) line.userTrack?.(undefined);
      },
      onError: ({ data }: RTVIMessage) => {
        if (!started) return;
        const { fatal, error, message } = (data ?? {}) as Record<string, unknown>;
        const text = error ?? message;
        // The socket's transport tells of its end as of an error of the bot.
        const close = typeof text === "string"
          ? /^websocket .*?(?:Code: (\d+))?$/.exec(text)
          : null;
        if (close) {
          closed = true;
          clearTimeout(deadline);
          const normal = close[1] === "1000" || close[1] === "1005";
          // The bot's last words are still being read: they may say why.
          void line.read?.().then(() => normal ? end(BOT_LEFT) : void lost().then(end));
          return;
        }
        if (fatal === true) {
          if (line.broken && !botComplained) return end(line.broken(String(text)));
          end({ sentence: botSentence(data), advice: FIX_BOT, failed: true });
        }
      },
      onBotDisconnected: () => end(BOT_LEFT),
      onDisconnected: () => {
        if (closed) return;
        if (wasLive) void lost().then(end);
        else void noWay();
      },
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
    if (direction === "in" && type === "error") botComplained = true;
  }

  function end(ending: Ending): void {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    clearInterval(watch);
    unwatch?.();
    show({ call: "off", ending });
    void client.disconnect().catch(() => {});
    line.close();
  }

  /** There is no way to the bot; perhaps because there is no runner any more. */
  async function noWay(): Promise<void> {
    end(await isThere() ? line.unreachable() : GONE);
  }

  async function openLine(): Promise<RtviLine> {
    const steps = { begin, done, stopped: () => over };
    const { microphoneId, voice, processing } = options;
    const needs = { microphoneId, voice, processing, log, update, steps };
    switch (kind) {
      case "daily":
        return (await loadPart(import("./daily.ts"))).openDailyLine(needs);
      case "livekit":
        return (await loadPart(import("./livekit.ts"))).openLiveKitLine(needs);
      case "websocket":
        return (await loadPart(import("./websocket.ts"))).openWebSocketLine(needs);
      default:
        return openWebRtcLine({ ...needs, stun: settings.stun });
    }
  }

  async function connect(): Promise<void> {
    const answer = await client.startBot({
      endpoint: new URL("../start", document.baseURI).href,
      headers: startHeaders(settings),
      requestData: {
        ...line.request,
        transport: kind,
        body: body as Record<string, never>, // it was JSON a moment ago
      },
    });
    if (over) return;
    started = true;
    uploads = uploadsOf(answer);
    const params = line.accept(answer);
    deadline = setTimeout(() => void noWay(), CONNECT_MS);
    // This promise waits for bot-ready, which not every bot sends. The callbacks tell all.
    await client.connect(params as TransportConnectionParams); // parsed by the transport
  }

  void connect().catch((error: unknown) => {
    if (over) return;
    if (started) return void noWay();
    end(
      line.notReady?.() ??
        { sentence: startSentence(error), advice: startAdvice(error), failed: true },
    );
  });
  return {
    end,
    setMuted: (muted) => client.enableMic(!muted),
    chooseMicrophone: (deviceId) => client.updateMic(deviceId),
    process: (processing) => line.process?.(processing),
    ...(line.film ? { film: (what, on) => line.film?.(what, on) } : {}),
    say: (text) => void client.sendText(text),
    async sendFile(file, text) {
      if (!uploads) return;
      const { sendFile } = await loadPart(import("./send_file.ts"));
      const headers = startHeaders(settings);
      await sendFile({ transport: line.transport, address: uploads, headers }, file, text);
    },
    press: (key) => client.sendDTMF(key),
  };
}

/** Where files go, of the runner's answer: at this page's own bot, whose path the page may not know. */
function uploadsOf(answer: unknown): URL | undefined {
  const { fileUploadUrl } = (answer ?? {}) as { fileUploadUrl?: unknown };
  if (typeof fileUploadUrl !== "string") return undefined;
  const [own] = /\/(sessions\/[^/]+\/)?files$/.exec(fileUploadUrl) ?? [];
  return new URL(own === undefined ? fileUploadUrl : `..${own}`, document.baseURI);
}

/** Whether a bot knows of files: since version 2.2 of the protocol. */
function knowsFiles(ready: unknown): boolean {
  const { version } = (ready ?? {}) as { version?: unknown };
  const [major = 0, minor = 0] = String(version).split(".").map(Number);
  return major > 2 || major === 2 && minor >= 2;
}

/** What a bot can see, as it says when it is ready; of older ones nothing is known. */
function sightOf(ready: unknown): Sight["sees"] {
  const { capabilities } = (ready ?? {}) as { capabilities?: Record<string, unknown> };
  return { camera: capabilities?.video_in === true, screen: capabilities?.screen_in === true };
}
