import type { Message } from "../../../src/core/duplex.ts";
import { SIMULATED } from "../../../src/testing/carriers/mod.ts";
import {
  type CallParties,
  type CarrierLine,
  type SimulatedWebhook,
  type StreamOrder,
  Violation,
} from "../../../src/testing/simulated_carrier.ts";
import { isMeasuringMark } from "../../../src/transports/lateness.ts";
import { type Capture, startCapture } from "../audio/capture.ts";
import { playTone } from "../audio/dtmf.ts";
import { type Player, startPlayer } from "../audio/player.ts";
import { FIX_BOT, startAdvice, startSentence } from "../session/sentences.ts";
import { startHeaders } from "../session/settings.ts";
import type { Ending } from "../session/happenings.ts";
import { BOT_LEFT, type Call, type CallOptions, CONNECT_MS } from "./call.ts";
import { Microphone } from "./microphone.ts";
import { ownSocket } from "./own_socket.ts";
import { GONE, isThere, lost } from "./runner_watch.ts";

const SAMPLE_MS = 1000;
/** More often than this, the same complaint tells nothing new. */
const MAX_COMPLAINTS = 5;

/** Phones the bot: this page is the carrier and the caller. */
export function startPhoneCall(options: CallOptions): Call {
  const { settings, show, log } = options;
  // As the tests of the runner simulate it: strict, and in its own words.
  const carrier = SIMULATED[settings.carrier];
  const { title: name } = carrier;
  const parties = { ...carrier.identify(), from: settings.from, to: settings.to };
  let over = false;
  let socket: WebSocket | undefined;
  let line: CarrierLine | undefined;
  let capture: Capture | undefined;
  let player: Player | undefined;
  let heard = false;
  let complaints = 0;
  let bytes = { received: 0, sent: 0 };
  const timers: ReturnType<typeof setTimeout>[] = [];
  let userSound: MediaStream | undefined;

  const microphone = new Microphone(options, (stream) => {
    userSound = stream;
    capture?.use(stream);
    update({ userSound: stream, ...(stream ? { microphoneFailure: undefined } : {}) });
  });
  microphone.setClientOptions({
    // Of these options only two are read.
    transport: undefined as never,
    enableMic: !options.muted,
    callbacks: {
      onAvailableMicsUpdated: (microphones) => update({ microphones }),
      onMicUpdated: ({ deviceId }) => update({ microphoneId: deviceId }),
      onDeviceError: ({ type }) => update({ microphoneFailure: type }),
    },
  });

  function update(change: Parameters<typeof show>[0]): void {
    if (!over) show(change);
  }

  function end(ending: Ending): void {
    if (over) return;
    if (socket?.readyState === WebSocket.OPEN) {
      const stop = line?.stop?.();
      if (stop) send(stop);
    }
    over = true;
    for (const timer of timers) clearTimeout(timer);
    show({ call: "off", ending });
    socket?.close(1000);
    capture?.close();
    player?.close();
    void microphone.disconnect();
  }

  /** Sends a message of the carrier; what is not sound goes into the log. */
  function send(message: Message): void {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(message);
    bytes.sent += message.length;
    if (typeof message === "string") note("out", message);
  }

  function note(direction: "in" | "out", text: string): void {
    let message: unknown = text;
    try {
      message = JSON.parse(text);
    } catch {
      // Then it is shown as it is.
    }
    const { event, action, command } = Object(message) as Readonly<Record<string, unknown>>;
    if (event === "media" || event === "playAudio") return;
    log.message(
      direction,
      `${settings.carrier}:${String(event ?? action ?? command ?? "?")}`,
      message,
    );
  }

  function complain(detail: string): void {
    if (++complaints > MAX_COMPLAINTS) return;
    log.moment("warning", detail);
    log.line(`${name} would reject this message from the bot. ${detail}`);
  }

  async function receive(message: Message): Promise<void> {
    bytes.received += message.length;
    if (typeof message === "string") note("in", message);
    if (!line || !player) return;
    try {
      const action = typeof message === "string"
        ? line.receive(message)
        : line.receiveBytes?.(message);
      if (!action) return complain("It sent a binary message.");
      if (action.type === "media") {
        if (!heard) {
          doneFirst();
          update({ transport: "ready", botReady: true });
        }
        heard = true;
        player.play(action.samples);
      } else if (action.type === "mark") {
        const { name: label } = action;
        player.mark(() => {
          if (!isMeasuringMark(label)) log.moment("mark", label);
          if (line) send(line.mark(label));
        });
      } else if (action.type === "clear") {
        log.moment("clear", "Cleared: the bot was interrupted");
        const marks = await player.clear();
        if (line.marksOnClear === "returned") { for (const mark of marks) mark(); }
        if (line.cleared) send(line.cleared());
      } else {
        log.line(`Pressed ${action.digits}`, "bot");
        for (const digit of action.digits) playTone(digit);
      }
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      complain(error.message);
    }
  }

  let doneFirst = (): void => {};

  async function connect(): Promise<void> {
    show({ transport: "initializing" });
    const microphoneDone = log.phase("Microphone");
    await microphone.initialize();
    microphoneDone();
    if (over) return;
    show({ transport: "authenticating" });
    const order = await (carrier.webhook ? ring(carrier.webhook) : startWithout());
    if (over) return;
    show({ transport: "connecting" });
    line = carrier.line(order, parties);
    const { sampleRate, chunkMs } = line;
    const audioDone = log.phase("Audio");
    const [newCapture, newPlayer] = await Promise.all([
      startCapture({
        sampleRate,
        blockMs: chunkMs,
        onSamples: (samples) => line && heardStart && send(line.media(samples, "inbound")),
      }),
      startPlayer(sampleRate),
    ]);
    audioDone();
    capture = newCapture;
    player = newPlayer;
    if (over) return capture.close(), player.close();
    capture.use(userSound);
    update({ botSound: player.stream });
    open(order);
  }

  let heardStart = false;

  function open(order: StreamOrder): void {
    const socketDone = log.phase("Stream");
    socket = new WebSocket(ownSocket(order.url.href, document.baseURI));
    socket.binaryType = "arraybuffer";
    const late = (): void => void noWay("It did not open in time.");
    timers.push(setTimeout(late, CONNECT_MS));
    socket.onopen = () => {
      socketDone();
      for (const timer of timers.splice(0)) clearTimeout(timer);
      for (const message of line?.opening() ?? []) send(message);
      heardStart = true;
      doneFirst = log.phase("First sound");
      update({ call: "live", transport: "connected", liveAt: log.now() });
      const { encoding, sampleRate } = order;
      update({ path: `${name} media stream, ${encoding} at ${sampleRate / 1000} kHz` });
      const timer = setInterval(() => {
        log.quality({
          received: bytes.received * 8 / SAMPLE_MS,
          sent: bytes.sent * 8 / SAMPLE_MS,
          queuedMs: player?.queuedMs ?? 0,
        });
        bytes = { received: 0, sent: 0 };
      }, SAMPLE_MS);
      timers.push(timer);
    };
    socket.onmessage = ({ data }) => {
      void receive(typeof data === "string" ? data : new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => {
      if (over) return;
      if (!heardStart) return void noWay(reason);
      if (code === 1000 || code === 1005) return end(BOT_LEFT);
      if (code === 1006) return void lost().then(end);
      if (code === 1011) {
        return end({ sentence: "The bot failed.", advice: FIX_BOT, failed: true });
      }
      end({
        sentence: `The runner closed the stream: ${reason || `code ${code}`}.`,
        advice: "Messages shows what was sent before.",
        failed: true,
      });
    };
  }

  /** There is no stream; perhaps because there is no runner any more. */
  async function noWay(reason: string): Promise<void> {
    if (!await isThere()) return end(GONE);
    end({
      sentence: `${name}'s media stream did not open.${reason ? ` ${reason}` : ""}`,
      advice: "A proxy between here and the runner must let WebSockets through.",
      failed: true,
    });
  }

  /** Announces the call as the carrier does; returns where to stream, and how. */
  async function ring(webhook: SimulatedWebhook): Promise<StreamOrder> {
    const done = log.phase("Webhook");
    const url = new URL(`../${settings.carrier}`, document.baseURI);
    const params = Object.fromEntries(
      Object.entries(Object(options.body)).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
    const request = await webhook.request({
      url,
      method: webhook.method,
      parties,
      params,
      secret: undefined,
    });
    log.message("out", `${settings.carrier}:webhook`, {
      method: request.method,
      ...parties,
      ...params,
    });
    const response = await fetch(request);
    const text = await response.text();
    const contentType = response.headers.get("content-type")?.split(";")[0]?.trim() ?? "";
    log.message("in", `${settings.carrier}:answer`, { status: response.status, contentType, text });
    done();
    // With the carrier's secret set, the runner takes only what the carrier has signed.
    if (response.status === 401 || response.status === 403) {
      log.line("The runner takes only signed webhooks, so this call goes on without one.");
      return await startWithout();
    }
    if (!response.ok) throw refusal(response, text);
    return webhook.readAnswer({ contentType, text });
  }

  /** Asks for a stream as a client does, with no webhook. */
  async function startWithout(): Promise<StreamOrder> {
    const done = log.phase("Start");
    const headers = startHeaders(settings);
    headers.set("content-type", "application/json");
    const response = await fetch(new URL("../start", document.baseURI), {
      method: "POST",
      headers,
      body: JSON.stringify({ transport: settings.carrier, body: options.body }),
    });
    const text = await response.text();
    done();
    if (!response.ok) throw refusal(response, text);
    const { wsUrl, token }: { wsUrl: string; token?: string } = JSON.parse(text);
    const address = new URL(wsUrl);
    if (token) address.pathname += `/${token}`;
    return carrier.directStream(address, parties, {});
  }

  void connect().catch((error: unknown) =>
    end({ sentence: startSentence(error), advice: startAdvice(error), failed: true })
  );
  update({ sessionId: (parties satisfies CallParties).callId });
  return {
    end,
    setMuted: (muted) => microphone.enableMic(!muted),
    chooseMicrophone: (deviceId) => void microphone.updateMic(deviceId),
    process: (processing) => void microphone.process(processing),
    press(key) {
      playTone(key);
      log.moment("key", `Key ${key}`);
      log.line(`Pressed ${key}`, "user");
      if (line && heardStart) send(line.dtmf(key));
    },
  };
}

/** The error of a request that the runner has refused, as the SDK's errors are. */
function refusal({ status }: Response, text: string): Error {
  return Object.assign(new Error(detailOf(text) ?? `status ${status}`), { status });
}

function detailOf(text: string): string | undefined {
  try {
    const { detail, error }: { detail?: unknown; error?: unknown } = JSON.parse(text);
    const found = detail ?? error;
    return typeof found === "string" ? found : undefined;
  } catch {
    return undefined; // no JSON
  }
}
