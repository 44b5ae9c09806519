/**
 * What a bot can do with its call: `args.call`.
 *
 * @module
 */
import type { CallData } from "../../core/bot.ts";
import type { CarrierStart } from "../../core/carrier.ts";
import { randomHex } from "../../core/bytes.ts";
import { RunnerError } from "../../core/error.ts";
import { areKeys, KEYS } from "../../core/keys.ts";
import type { AnsweredBy, PhoneCall } from "../../core/phone_call.ts";
import { abortedAfter, delay } from "../../core/wait.ts";
import type { OnceStore } from "../../sessions/once.ts";
import type { PhoneCalls } from "../../sessions/phone_calls.ts";
import {
  checkAllowed,
  checkDestination,
  checkOwnNumber,
  type DialPrefixes,
} from "./destination.ts";
import type { PhoneLine } from "./line.ts";
import { COMMAND_MS, needed, type Provider } from "./provider.ts";
import { documentKey } from "./webhook_document.ts";
import { playTones } from "./tones.ts";

/** How long a bot waits for the verdict of the machine detection unless it says otherwise, in ms. */
const VERDICT_MS = 30_000;
/** How often to check, in ms: the verdict may reach another process. */
const POLL_MS = 200;
/** How long a document waits for the carrier to fetch it, in ms. */
const DOCUMENT_MS = 60_000;
const TOKEN_BYTES = 24;

/** What a {@link PhoneCall} is made of. */
export interface CallControlOptions {
  readonly provider: Provider;
  readonly line: PhoneLine;
  readonly start: CarrierStart;
  readonly callData: CallData;
  /** Whether it is proven that this is the carrier's call. */
  readonly trusted: boolean;
  readonly calls: PhoneCalls;
  readonly once: OnceStore;
  /** Aborts when the session ends. */
  readonly signal: AbortSignal;
  readonly dialPrefixes?: DialPrefixes | false | undefined;
  /** The carrier's own path under the public origin, such as `https://bot.example.com/twilio`. */
  readonly webhookUrl: string;
}

/** Makes the control of a call. */
export function callControl(options: CallControlOptions): PhoneCall {
  const { provider, line, start, callData, trusted, calls, signal } = options;
  const { carrier } = provider;
  const { callId, direction } = callData;
  const call = { callId, streamId: callData.streamId };
  const live = () => {
    if (line.over || signal.aborted) throw new RunnerError("call_over", "The call has ended.");
  };
  return {
    async transfer(to, { from } = {}) {
      checkDestination(to, carrier.hasExtensions);
      if (from !== undefined) checkOwnNumber(from);
      const own = direction === "outbound" ? callData.from : callData.to;
      const { dialPrefixes } = options;
      if (dialPrefixes !== undefined && to.startsWith("+")) {
        checkAllowed(to, "", dialPrefixes || []);
      }
      live();
      if (!trusted) {
        const detail = `The runner commands only calls that it can verify: set ${carrier.secret}.`;
        throw new RunnerError("not_signed", detail);
      }
      const transfer = needed(provider, "transfer");
      await line.drained();
      live();
      const shown = from ?? (direction === "outbound" ? own : undefined);
      const publish = (document: string) => publishDocument(options, document);
      const order = { ...call, to, from: shown, own, publish };
      await abortedAfter(COMMAND_MS, (signal) => transfer(order, signal));
      line.leave();
      line.close({ closeCode: 1000, reason: "The call was transferred" });
    },
    leave: () => line.leave(),
    async hangUp() {
      if (line.over) return;
      line.leave(); // it is hung up here, so not again when the bot returns
      try {
        const { hangUp } = trusted ? provider.commands : {};
        // Without the means, the end of the stream ends the call, as a rule.
        if (hangUp) await abortedAfter(COMMAND_MS, (signal) => hangUp(call, signal));
        else await provider.hangUp(call, options);
      } finally {
        line.close({ closeCode: 1000, reason: "The bot hung up" });
      }
    },
    async sendDigits(keys) {
      if (!areKeys(keys)) {
        throw new RunnerError("bad_digits", `A phone's keys are ${KEYS}.`);
      }
      live();
      const serializer = carrier.serializer(start);
      const { sendDigits } = trusted ? provider.commands : {};
      await line.drained();
      live();
      const { dtmf } = serializer;
      if (dtmf) {
        for (const key of keys) line.send(dtmf(key));
      } else if (sendDigits) {
        await abortedAfter(COMMAND_MS, (signal) => sendDigits(call, keys, signal));
      } else {
        await playTones(line, serializer, { keys, sampleRate: start.audio.sampleRate, signal });
      }
    },
    async answeredBy({ timeoutMs = VERDICT_MS, greetingEnd = false } = {}) {
      if (callData.answeredBy || direction !== "outbound") return callData.answeredBy;
      const name = { carrier: carrier.name, callId };
      const until = performance.now() + timeoutMs;
      let verdict: AnsweredBy | undefined;
      for (;;) {
        verdict = await calls.verdict(name);
        const waits = greetingEnd && verdict?.who === "machine" && !verdict.greetingEnded;
        if (verdict && !waits) return verdict;
        const left = until - performance.now();
        if (left <= 0 || signal.aborted) return verdict;
        await delay(Math.min(POLL_MS, left), signal);
      }
    },
  };
}

/** Lets the carrier fetch a document once, or again if it lost the answer; returns the address. */
async function publishDocument(
  { once, webhookUrl }: CallControlOptions,
  document: string,
): Promise<string> {
  const token = randomHex(TOKEN_BYTES);
  await once.set(documentKey(token), document, { ttl: DOCUMENT_MS });
  return `${webhookUrl}/${token}`;
}
