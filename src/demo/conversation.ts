/**
 * The demo's conversation, over any transport: greets, repeats what it hears, answers keys and
 * typed text, and can be interrupted.
 *
 * @module
 */
import { type Clock, hostClock } from "../core/clock.ts";
import type { Frame } from "../core/frame.ts";
import type { RtviClientMessage } from "../rtvi/protocol.ts";
import type { Transport } from "../transports/transport.ts";
import { type Turn, type TurnEnd, turns } from "../turns/mod.ts";
import { answerKey } from "./menu.ts";
import { toSentences } from "./sentences.ts";
import { createSpeaker, type SpokenLine } from "./speaker.ts";
import { loadSpeech } from "./speech.ts";
import { until } from "./until.ts";

/** What a conversation needs besides its transport. */
export interface ConversationOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** The time; given by tests. */
  readonly clock?: Clock;
}

const GREETING = "Hello! I am a bot that needs no key and no network. " +
  "Say something, and I will say it back. Press zero to hear what the keys do.";
/** How long a page may take to get ready before it is greeted all the same, in ms. */
const CLIENT_READY_MS = 2000;
/** Letters of a typed message that are read out. */
const MOST_LETTERS = 500;

/**
 * Talks until the caller presses 9 or leaves, or the signal aborts.
 *
 * @throws {RunnerError} `package_missing` or `speech_failed` if the bot cannot speak.
 */
export async function converse(transport: Transport, options: ConversationOptions): Promise<void> {
  const { clock = hostClock } = options;
  const { rtvi } = transport;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const limit = { signal, clock };
  const speech = await until(loadSpeech(), limit);
  if (!speech) return;
  const speaker = createSpeaker({ transport, speech, signal, clock });
  let latest: Turn | undefined;
  let failure: { readonly error: unknown } | undefined;

  /** Ends the conversation, with the first error if there was one. */
  const fail = (error: unknown): void => {
    if (!signal.aborted) failure = { error };
    over.abort();
  };
  const met = meet();
  await Promise.all([
    met.then(() => say(GREETING)).catch(fail),
    met.then(listen).catch(fail),
    each(transport.readable, hear).then(() => over.abort(), fail),
    each(rtvi.messages, read).catch(fail),
  ]);
  if (failure) throw failure.error;

  async function meet(): Promise<void> {
    await until(transport.connected, limit);
    // A phone has no page, and its client is never ready.
    const page = transport.name === "webrtc" || transport.name === "websocket";
    if (page) await until(rtvi.clientReady, { ...limit, atMostMs: CLIENT_READY_MS });
  }

  async function listen(): Promise<void> {
    const botSpeaking = () => speaker.speaking;
    for await (const turn of turns(transport, { botSpeaking, signal })) {
      latest = turn;
      rtvi.send("user-started-speaking");
      speaker.interrupt();
      void turn.ended.then(answer);
    }
  }

  function answer({ reason, clip }: TurnEnd): void {
    latest = undefined;
    rtvi.send("user-stopped-speaking");
    if (reason !== "silence" && reason !== "longest") return;
    const seconds = clip.samples.length / clip.sampleRate;
    void sayLines([{ text: `(your own words, ${seconds.toFixed(1)} seconds)`, clip }]);
  }

  function hear(frame: Frame): void {
    if (frame.type === "dtmf") press(frame.digit);
  }

  function press(digit: string): void {
    // The tone of the key may have been heard, too; it is not speech.
    latest?.dismiss();
    const answer = answerKey(digit, { stretch: speaker.stretch, now: new Date() });
    speaker.stretch = answer.stretch ?? speaker.stretch;
    void say(answer.text).then(() => answer.hangUp && over.abort());
  }

  function read(message: RtviClientMessage): void {
    switch (message.type) {
      case "client-message":
        if (message.data.t === "ping") rtvi.respond(message, "pong");
        else rtvi.refuse(message, `The demo bot knows "ping" and nothing else.`);
        break;
      case "send-text": {
        const { content, options } = message.data;
        // Context for later has no effect on a bot without memory.
        if (options?.run_immediately === false) break;
        const text = content.slice(0, MOST_LETTERS);
        if (options?.audio_response === false) speaker.print(text);
        else void say(text);
        break;
      }
    }
  }

  function say(text: string): Promise<void> {
    const lines = toSentences(text).map((sentence) => ({ text: sentence }));
    return sayLines(lines.length > 0 ? lines : [{ text: "I can only read English." }]);
  }

  function sayLines(lines: readonly SpokenLine[]): Promise<void> {
    return speaker.say(lines).catch(fail);
  }

  /** Handles the items of a stream, one after the other, until it ends or the talk is over. */
  async function each<T>(
    stream: ReadableStream<T>,
    handle: (item: T) => void | Promise<void>,
  ): Promise<void> {
    try {
      await stream.pipeTo(new WritableStream({ write: handle }), { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
