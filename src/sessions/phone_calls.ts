/**
 * One answer, one place and one session for each phone call, however often its webhook comes.
 *
 * A carrier that saw no answer sends its webhook again, and so does who has listened in: Twilio signs
 * no time, so the two look the same. Both get the first answer again, which leads to the same one-time
 * token, and nothing more once the call is over.
 *
 * @module
 */
import type { TelephonyTransportName } from "../core/bot.ts";
import type { AnsweredBy } from "../core/phone_call.ts";
import { type FirstAnswer, firstAnswer } from "./first_answer.ts";
import type { OnceStore } from "./once.ts";
import type { SessionStore } from "./store.ts";
import { dropToken } from "./token.ts";

/** How long a call is remembered, in ms: no carrier lets one last longer. */
const REMEMBER_MS = 24 * 60 * 60_000;
/** How long the memory of a call that was answered is kept for sure, in ms: as long as its token. */
const RINGING_MS = 5 * 60_000;

/** How long who has answered is remembered, in ms: the bot asks while the call is young. */
const VERDICT_MS = 10 * 60_000;

/** A call, as its carrier names it. */
export interface CallName {
  readonly carrier: TelephonyTransportName;
  readonly callId: string;
}

/** What a call's webhook was answered. */
export type CallAnswer =
  | { readonly kind: "stream"; readonly sessionId: string; readonly token: string }
  /** Turned away, with words for the caller. */
  | { readonly kind: "refused"; readonly words: string }
  /** The call has ended. */
  | { readonly kind: "over" };

const OVER: CallAnswer = { kind: "over" };

/** What is remembered of the calls of a runner, and of all that share its store. */
export interface PhoneCalls {
  /**
   * Answers a webhook: the first of its call as `decide` says, all others with the same.
   *
   * @throws {RunnerError} as `firstAnswer` does.
   */
  answer(call: CallName, decide: () => Promise<CallAnswer>): Promise<FirstAnswer<CallAnswer>>;
  /** What the call was answered; undefined for one that is not known. */
  known(call: CallName): Promise<CallAnswer | undefined>;
  /** Remembers a call that rings: what its end, or its webhook, is to find. */
  dialled(call: CallName, answer: CallAnswer): Promise<void>;
  /** Keeps the memory of a call whose session begins. */
  began(call: CallName): Promise<void>;
  /** The call is over: its token opens nothing any more. Returns what it was answered. */
  over(call: CallName): Promise<CallAnswer | undefined>;
  /** Remembers who has answered a call. */
  setVerdict(call: CallName, verdict: AnsweredBy): Promise<void>;
  /** Who has answered a call; undefined while that is not known. */
  verdict(call: CallName): Promise<AnsweredBy | undefined>;
  /** Binds a signature to the first call that it came with; false when it comes with another one. */
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

/** An answer that was noted; undefined while it is being decided on. */
function readNote(note: string | undefined): CallAnswer | undefined {
  return note?.startsWith("{") ? JSON.parse(note) : undefined;
}
