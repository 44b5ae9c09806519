/**
 * One answer, one place and one session for each phone call, however often its webhook comes.
 *
 * A carrier that saw no answer repeats its webhook, and so may someone who recorded it: Twilio's
 * signature has no time, so the two look alike. Both get the first answer again, which leads to the
 * same one-time token, and nothing once the call is over.
 *
 * @module
 */
import type { TelephonyTransportName } from "../core/bot.ts";
import type { AnsweredBy } from "../core/phone_call.ts";
import { type FirstAnswer, firstAnswer } from "./first_answer.ts";
import type { OnceStore } from "./once.ts";
import type { SessionStore } from "./store.ts";
import { dropToken } from "./token.ts";

/** How long to remember a call, in ms: no carrier allows longer calls. */
const REMEMBER_MS = 24 * 60 * 60_000;
/** How long the memory of an answered call is certainly kept, in ms: as long as its token. */
const RINGING_MS = 5 * 60_000;

/** How long to remember who answered, in ms: the bot asks early in the call. */
const VERDICT_MS = 10 * 60_000;

/** A call, as its carrier names it. */
export interface CallName {
  readonly carrier: TelephonyTransportName;
  readonly callId: string;
}

/** What a call's webhook was answered. */
export type CallAnswer =
  | { readonly kind: "stream"; readonly sessionId: string; readonly token: string }
  /** Rejected, with words for the caller. */
  | { readonly kind: "refused"; readonly words: string }
  /** The call has ended. */
  | { readonly kind: "over" };

const OVER: CallAnswer = { kind: "over" };

/** What is remembered about the calls of a runner, and of all that share its store. */
export interface PhoneCalls {
  /**
   * Answers a webhook: the first of its call as `decide` says, all others with the same.
   *
   * @throws {RunnerError} as `firstAnswer` does.
   */
  answer(call: CallName, decide: () => Promise<CallAnswer>): Promise<FirstAnswer<CallAnswer>>;
  /** The answer to the call; undefined for an unknown one. */
  known(call: CallName): Promise<CallAnswer | undefined>;
  /** Remembers a ringing call, for its end or its webhook to find. */
  dialled(call: CallName, answer: CallAnswer): Promise<void>;
  /** Keeps the memory of a call whose session begins. */
  began(call: CallName): Promise<void>;
  /** The call is over: its token is no longer valid. Returns the call's answer. */
  over(call: CallName): Promise<CallAnswer | undefined>;
  /** Remembers who answered a call. */
  setVerdict(call: CallName, verdict: AnsweredBy): Promise<void>;
  /** Who answered a call; undefined while unknown. */
  verdict(call: CallName): Promise<AnsweredBy | undefined>;
  /** Binds a signature to the first call that it came with; false if it comes with another. */
  bind(call: CallName, signature: string): Promise<boolean>;
}

/** Makes the memory of phone calls. */
export function phoneCalls(once: OnceStore, store: SessionStore): PhoneCalls {
  const known = async (call: CallName) => readNote(await once.get(keyOf(call)));
  return {
    known,
    answer: (call, decide) =>
      firstAnswer(once, keyOf(call), decide, { ttl: REMEMBER_MS, hold: RINGING_MS }),
    async dialled(call, answer) {
      const note = JSON.stringify(answer);
      await once.add(keyOf(call), note, { ttl: REMEMBER_MS, hold: RINGING_MS });
    },
    async setVerdict(call, verdict) {
      await once.set(`answered-by:${keyOf(call)}`, JSON.stringify(verdict), {
        ttl: VERDICT_MS,
        hold: 0,
      });
    },
    async verdict(call) {
      const note = await once.get(`answered-by:${keyOf(call)}`);
      return note === undefined ? undefined : JSON.parse(note);
    },
    async began(call) {
      const note = await once.get(keyOf(call));
      if (note !== undefined) await once.set(keyOf(call), note, { ttl: REMEMBER_MS });
    },
    async over(call) {
      const before = await known(call);
      await once.set(keyOf(call), JSON.stringify(OVER), { ttl: REMEMBER_MS, hold: 0 });
      if (before?.kind === "stream") await dropToken(store, before.token);
      return before;
    },
    async bind({ carrier, callId }, signature) {
      const key = `signature:${carrier}:${signature}`;
      const first = await once.add(key, callId, { ttl: REMEMBER_MS, hold: RINGING_MS });
      return first === undefined || first === callId;
    },
  };
}

function keyOf({ carrier, callId }: CallName): string {
  return `call:${carrier}:${callId}`;
}

/** A noted answer; undefined while it is being decided. */
function readNote(note: string | undefined): CallAnswer | undefined {
  return note?.startsWith("{") ? JSON.parse(note) : undefined;
}
