/**
 * The caller's end of a simulated call.
 *
 * @module
 */
import type { CloseInfo, Message, Socket } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import { areKeys, KEYS } from "../core/keys.ts";
import { type CallChaos, disturb } from "./chaos.ts";
import type { CallClock } from "./clock.ts";
import type { BotWords } from "./bot_words.ts";
import { type CallParties, type CarrierLine, Violation } from "./simulated_carrier.ts";
import { createTalker, type Talker } from "./talker.ts";

/** How a call ended. */
export interface CallEnd {
  /** Who hung up: the caller, or the server by closing the stream. */
  readonly by: "caller" | "server";
  /** Audio that the server had sent but nobody heard, in ms. */
  readonly unheardMs: number;
  /** Why, if the bot failed: the server then closes a WebSocket with 1011. */
  readonly failure?: string;
}

const FAILED = 1011;

/** How a WebSocket ended a call. */
export function callEnd(by: CallEnd["by"], unheardMs: number, closed: CloseInfo): CallEnd {
  const { closeCode, reason = "" } = closed;
  if (closeCode !== FAILED) return { by, unheardMs };
  return { by, unheardMs, failure: reason || "The bot failed." };
}

/** Somebody on the phone with a bot. Disposing hangs up, and throws if the server did wrong. */
export interface Caller extends Talker, AsyncDisposable {
  /** The carrier's id of the call. */
  readonly callId: string;
  /** The carrier's id of the stream. */
  readonly streamId: string;
  /** The address at which the stream was opened; a second call may try it again. */
  readonly streamUrl: string;
  /** The keys that the bot pressed. */
  readonly digits: string;
  /** What the server sent that the carrier would reject, in plain words. */
  readonly violations: readonly string[];
  /** Resolves when the call is over. */
  readonly ended: Promise<CallEnd>;
  /** Sends any message unchanged, for tests of hostile input. */
  send(message: Message): void;
}

/** What a {@link Caller} needs. */
export interface CallerOptions {
  readonly line: CarrierLine;
  readonly socket: Socket;
  readonly parties: CallParties;
  readonly streamUrl: string;
  readonly clock: CallClock;
  readonly chaos: CallChaos;
  /** Streams silence while nothing is said, as carriers do. */
  readonly silence: boolean;
  /** What the bot reports, if it runs in this process. */
  readonly told?: BotWords;
  /** Resolves when the server has nothing left to do for this call. */
  readonly settled: () => Promise<void>;
}

const MAX_VIOLATIONS = 100;

/** Puts a caller on a newly opened stream. */
export function createCaller(options: CallerOptions): Caller {
  const { line, socket, parties, clock, chaos } = options;
  const { sampleRate, chunkMs } = line;
  const chunkSamples = sampleRate * chunkMs / 1000;
  const violations: string[] = [];
  const { promise: ended, resolve: settleEnded } = Promise.withResolvers<CallEnd>();
  /** What is on its way, in either direction; call it to drop that. */
  const underway = new Set<() => void>();
  const later = (arrive: () => void) => {
    if (!chaos.latencyMs) return arrive();
    const lose = clock.schedule(() => {
      underway.delete(lose);
      arrive();
    }, chaos.latencyMs);
    underway.add(lose);
  };
  const way = disturb(chaos, (message) => later(() => socket.send(message)));
  /** Keeps the stream from beginning. */
  let cancel: (() => void) | undefined;
  let started = false;
  let over = false;
  let hungUp = false;
  let digits = "";

  const violate = (detail: string) => {
    if (violations.length < MAX_VIOLATIONS) violations.push(detail);
  };

  const talker = createTalker({
    clock,
    sampleRate,
    chunkMs,
    silence: options.silence,
    bufferMs: chaos.bufferMs ?? 0,
    send: (samples) => way.media(line.media(samples, "inbound")),
    pause: way.flush,
    played(samples) {
      if (chaos.bothTracks) way.media(line.media(samples, "outbound"));
    },
  });
  const { playback } = talker;
  options.told?.listen(talker.read);

  const receive = (message: Message) => {
    const action = typeof message === "string"
      ? line.receive(message)
      : line.receiveBytes?.(message);
    if (!action) throw new Violation("The server sent a binary message.");
    if (!started) throw new Violation("The server sent something before the stream began.");
    switch (action.type) {
      case "media":
        if (playback.queuedMs > line.maxQueueMs) {
          throw new Violation(`More than ${line.maxQueueMs} ms of audio are queued.`);
        }
        return playback.play(action.samples);
      case "mark":
        return playback.mark(() => way.send(line.mark(action.name)));
      case "clear": {
        const marks = playback.clear();
        if (line.marksOnClear === "returned") { for (const played of marks) played(); }
        if (line.cleared) way.send(line.cleared());
        return;
      }
      case "dtmf":
        digits += action.digits;
        return;
      default:
        return action satisfies never;
    }
  };
  socket.receive((message) =>
    later(() => {
      // What was on its way when the caller hung up is nobody's fault.
      if (over || hungUp) return;
      try {
        receive(message);
      } catch (error) {
        if (!(error instanceof Violation)) throw error;
        violate(error.message);
      }
    })
  );

  const begin = (start: string | undefined) => {
    started = true;
    if (start !== undefined) way.send(start);
    talker.mouth.begin();
  };
  const end = (closed: CloseInfo) => {
    over = true;
    cancel?.();
    for (const lose of underway) lose();
    const unheardMs = playback.queuedMs;
    settleEnded(callEnd(hungUp ? "caller" : "server", unheardMs, closed));
    talker.end(); // whoever waits for either learns that it is over
  };

  const opening = [...line.opening()];
  const start = opening.pop();
  for (const message of opening) way.send(message);
  for (let count = chaos.earlyMedia ?? 0; count > 0; count--) {
    way.media(line.media(new Int16Array(chunkSamples), "inbound"));
  }
  if (chaos.startDelayMs === undefined) begin(start);
  else cancel = clock.schedule(() => begin(start), chaos.startDelayMs);
  void socket.closed.then(end);

  const caller: Caller = {
    callId: parties.callId,
    streamId: parties.streamId,
    streamUrl: options.streamUrl,
    sampleRate,
    ...talker.doings,
    transcript: talker.transcript,
    tools: talker.tools,
    violations,
    ended,
    get queuedMs() {
      return playback.queuedMs;
    },
    get digits() {
      return digits;
    },
    press(keys) {
      if (!areKeys(keys)) throw new RangeError(`A key is one of ${KEYS}.`);
      for (const digit of keys) way.send(line.dtmf(digit));
    },
    send: (message) => socket.send(message),
    async hangUp() {
      if (!over && !hungUp) {
        way.flush();
        if (line.stop) way.send(line.stop());
        hungUp = true;
        later(() => socket.close({ closeCode: 1000 }));
      }
      await ended;
    },
    async [Symbol.asyncDispose]() {
      await caller.hangUp();
      await options.settled();
      if (violations.length === 0) return;
      throw new RunnerError(
        "carrier_violations",
        `The carrier would not take what the server sent:\n${violations.join("\n")}`,
      );
    },
  };
  return caller;
}
