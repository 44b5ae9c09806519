/**
 * All WhatsApp calls of a runner.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import type { RunnerError } from "../../core/error.ts";
import { isRefusal, refusal } from "../../sessions/refusal.ts";
import type { Monitor } from "../../core/monitor.ts";
import type { OnceStore } from "../../sessions/once.ts";
import type { WhatsAppAccount } from "./account.ts";
import { type CallOptions, takeCall, type TakenCall } from "./call.ts";
import { type WhatsAppGraph, whatsAppGraph } from "./graph.ts";
import type { WhatsAppEvent } from "./webhook.ts";

const logger = getLogger(["pipecat", "runner", "whatsapp"]);

/** How long calls that were taken, or are over, are remembered, in ms: Meta repeats news for days. */
const REMEMBER_MS = 24 * 60 * 60_000;
/** How long they are for sure, in ms: Meta lets a call ring for no longer. */
const RINGING_MS = 5 * 60_000;

/** What {@link whatsAppCalls} needs. */
export interface WhatsAppCallsOptions extends Omit<CallOptions, "graph" | "sessionId"> {
  readonly account: WhatsAppAccount;
  readonly once: OnceStore;
  readonly monitor?: Monitor | undefined;
}

/** What happened to a call's news. */
export type HandledCall =
  /**
   * It was accepted, or there is nothing to do; `over` resolves with the end of what it started.
   */
  | { readonly kind: "taken"; readonly over: Promise<void> }
  /** There is no room for the call: it is rejected, or forgotten, for another process to decide. */
  | {
    readonly kind: "refused";
    readonly error: RunnerError;
    forget(): Promise<void>;
    reject(): Promise<void>;
  }
  /** It is about a call that another process has taken, as this session. */
  | { readonly kind: "other"; readonly sessionId: string };

/** Calls as they come and go. */
export interface WhatsAppCalls {
  /** Takes news of a call. It never rejects. News that was heard before changes nothing. */
  handle(event: WhatsAppEvent): Promise<HandledCall>;
  /** Rejects all new calls; resolves when those that were taken are over. */
  close(): Promise<void>;
}

/** Makes the calls of a runner. */
export function whatsAppCalls({ account, once, ...options }: WhatsAppCallsOptions): WhatsAppCalls {
  const graph: WhatsAppGraph = whatsAppGraph(account);
  const open = new Map<string, TakenCall>();
  let closing = false;

  /**
   * Remembers a call and its session; returns what was already remembered, here or in the shared
   * store.
   */
  const remember = (callId: string, sessionId = ""): Promise<string | undefined> => {
    const keeping = { ttl: REMEMBER_MS, hold: RINGING_MS };
    return once.add(keyOf(callId), sessionId, keeping);
  };

  /** Keeps a place for a call; returns why there is none. */
  const admit = async (sessionId: string, from?: string): Promise<RunnerError | undefined> => {
    if (closing) return refusal("closed");
    try {
      await options.sessions.admit(sessionId, { client: () => from, call: true });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return error;
    }
  };

  const reject = async (callId: string, { code }: RunnerError): Promise<void> => {
    options.monitor?.refused?.(code);
    await graph.end("reject", callId);
  };

  return {
    async handle(event) {
      if (event.type === "terminate") {
        // Remembered, because the news of its beginning may come after that of its end.
        const sessionId = await remember(event.callId).catch(warn);
        const known = open.get(event.callId);
        known?.hungUp();
        return known || !sessionId ? NOTHING : { kind: "other", sessionId };
      }
      const { call, phoneNumberId } = event;
      if (phoneNumberId !== undefined && phoneNumberId !== account.phoneNumberId) {
        logger.warn("Ignored a WhatsApp call to a number other than WHATSAPP_PHONE_NUMBER_ID");
        return NOTHING;
      }
      const sessionId = await options.sessions.newId();
      if (await remember(call.id, sessionId).catch(warn) !== undefined) return NOTHING;
      const error = await admit(sessionId, call.from);
      if (error) {
        return {
          kind: "refused",
          error,
          forget: () => once.delete(keyOf(call.id)).catch(() => {}),
          reject: () => reject(call.id, error),
        };
      }
      const taken = takeCall(call, { ...options, graph, sessionId });
      open.set(call.id, taken);
      const over = taken.done.then(() => {
        open.delete(call.id);
        options.sessions.dismiss(sessionId); // of a call that came to nothing
      });
      return { kind: "taken", over };
    },
    async close() {
      closing = true;
      await Promise.all([...open.values()].map(({ done }) => done));
    },
  };
}

/** A call that cannot be remembered is left to ring: it could be answered twice. */
function warn(error: unknown): "" {
  logger.error("A WhatsApp call was not taken, because it could not be stored: {error}", { error });
  return "";
}

/** There is nothing to do. */
const NOTHING: HandledCall = { kind: "taken", over: Promise.resolve() };

function keyOf(callId: string): string {
  return `call:whatsapp:${callId}`;
}
