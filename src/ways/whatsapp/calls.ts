/**
 * All WhatsApp calls of a runner.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import { isRefusal } from "../../sessions/refusal.ts";
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

/** Calls as they come and go. */
export interface WhatsAppCalls {
  /**
   * Takes news of a call; resolves when what it began is over, which is the whole call for a new one.
   * It never rejects. News that was heard before changes nothing.
   */
  handle(event: WhatsAppEvent): Promise<void>;
  /** Rejects all new calls; resolves when those that were taken are over. */
  close(): Promise<void>;
}

/** Makes the calls of a runner. */
export function whatsAppCalls({ account, once, ...options }: WhatsAppCallsOptions): WhatsAppCalls {
  const graph: WhatsAppGraph = whatsAppGraph(account);
  const open = new Map<string, TakenCall>();
  let closing = false;

  /** Remembers a call; false when it was remembered already, here or by who shares the store. */
  const remember = async (callId: string): Promise<boolean> => {
    const keeping = { ttl: REMEMBER_MS, hold: RINGING_MS };
    return await once.add(`call:whatsapp:${callId}`, "", keeping) === undefined;
  };

  /** Keeps a place for a call, if there is one. */
  const admits = (sessionId: string, from?: string): boolean => {
    try {
      options.sessions.admit(sessionId, { client: () => from, call: true });
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      options.monitor?.refused?.(error.code);
      return false;
    }
  };

  return {
    async handle(event) {
      if (event.type === "terminate") {
        // Remembered, for the news of its beginning may come after that of its end.
        await remember(event.callId).catch(warn);
        return open.get(event.callId)?.hungUp();
      }
      const { call, phoneNumberId } = event;
      if (phoneNumberId !== undefined && phoneNumberId !== account.phoneNumberId) {
        return logger.warn(
          "A WhatsApp call to another number than WHATSAPP_PHONE_NUMBER_ID is left",
        );
      }
      if (!await remember(call.id).catch(warn)) return;
      const sessionId = crypto.randomUUID();
      if (closing || !admits(sessionId, call.from)) return await graph.end("reject", call.id);
      const taken = takeCall(call, { ...options, graph, sessionId });
      open.set(call.id, taken);
      await taken.done;
      open.delete(call.id);
      options.sessions.dismiss(sessionId); // of a call that came to nothing
    },
    async close() {
      closing = true;
      await Promise.all([...open.values()].map(({ done }) => done));
    },
  };
}

/** A call that cannot be remembered is left to ring: it could be answered twice. */
function warn(error: unknown): false {
  logger.error("A WhatsApp call was not taken, because it could not be stored: {error}", { error });
  return false;
}
