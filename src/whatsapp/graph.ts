/**
 * What is done with a call, over Meta's Graph API.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import { RunnerError } from "../core/error.ts";
import type { WhatsAppAccount } from "./account.ts";
import type { GraphResponse } from "./graph_response.ts";
import type { WhatsAppCall } from "./webhook.ts";

const logger = getLogger(["pipecat", "runner", "whatsapp"]);

/** How long one attempt to end a call may take, in ms. */
const END_MS = 10_000;
/** How long to wait before each further attempt, in ms. */
const RETRY_MS = [250, 1000];

/** The commands for calls. */
export interface WhatsAppGraph {
  /**
   * Answers a call: with `pre_accept` it is connected while it still rings, with `accept` media flows.
   *
   * @throws {RunnerError} `whatsapp_refused`, or `whatsapp_silent` when there was no response; no
   * secret and no number is in the message.
   */
  answer(
    action: "pre_accept" | "accept",
    call: WhatsAppCall,
    sdp: string,
    signal: AbortSignal,
  ): Promise<void>;
  /** Ends a call; `reject` is for one that was not accepted. It never rejects: a failure is logged. */
  end(action: "reject" | "terminate", callId: string): Promise<void>;
}

/** Makes the commands of one phone number. */
export function whatsAppGraph(account: WhatsAppAccount): WhatsAppGraph {
  const send = (content: Readonly<Record<string, unknown>>, signal: AbortSignal) =>
    request(account, { messaging_product: "whatsapp", ...content }, signal);
  return {
    async answer(action, { id, from }, sdp, signal) {
      const session = { sdp_type: "answer", sdp };
      const content = { ...(from ? { to: from } : {}), call_id: id, action, session };
      const outcome = await send(content, signal);
      signal.throwIfAborted();
      if (!succeeded(outcome)) throw failure(action, outcome);
    },
    async end(action, callId) {
      for (let attempt = 0;; attempt++) {
        const controller = new AbortController();
        const timer = setTimeout(() => controller.abort(), END_MS);
        const outcome = await send({ call_id: callId, action }, controller.signal);
        clearTimeout(timer);
        if (succeeded(outcome)) return;
        const { status } = outcome;
        if (status >= 400 && status < 500 && !denied(outcome) && status !== 429) {
          // Meta's codes do not tell them apart, and mostly it is so: the caller was faster.
          return logger.debug("A WhatsApp call was over before {action}: {error}", {
            action,
            error: failure(action, outcome),
          });
        }
        const wait = denied(outcome) ? undefined : RETRY_MS[attempt];
        if (wait === undefined) {
          return logger.error("{error}", { error: failure(action, outcome) });
        }
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    },
  };
}

/** What came of a request; status 0 when there was no response. */
interface Outcome extends GraphResponse {
  readonly status: number;
}

async function request(
  { baseUrl, phoneNumberId, token }: WhatsAppAccount,
  content: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const response = await fetch(`${baseUrl}/${encodeURIComponent(phoneNumberId)}/calls`, {
      method: "POST",
      headers: { "authorization": `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(content),
      redirect: "manual", // the token is for this host alone
      signal,
    });
    const { GraphResponse } = await import("./graph_response.ts"); // zod is slow to load
    const { data } = GraphResponse.safeParse(parse(await response.text()));
    return { ...data, status: response.status };
  } catch {
    return { status: 0 };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function succeeded({ status, success }: Outcome): boolean {
  return status === 200 && success !== false;
}

function denied({ status, error }: Outcome): boolean {
  const BAD_TOKEN = 190;
  return status === 401 || status === 403 || error?.code === BAD_TOKEN;
}

function failure(action: string, outcome: Outcome): RunnerError {
  const { status, error } = outcome;
  const codes = [error?.code, error?.error_subcode].filter((code) => code != null).join("/");
  const which = codes ? ` (code ${codes})` : "";
  // Meta may name the call and the numbers in it.
  const details = (error?.error_data?.details ?? error?.message ?? "")
    .replace(/\bwacid\S+|\+?\d{6,}/g, "…");
  const detail = status === 0
    ? `WhatsApp did not respond to ${action}.`
    : denied(outcome)
    ? `WhatsApp refused ${action}${which}: check WHATSAPP_TOKEN and WHATSAPP_PHONE_NUMBER_ID.`
    : `WhatsApp responded with ${status}${which} to ${action}${details ? `: ${details}` : "."}`;
  const code = status === 0 ? "whatsapp_silent" : "whatsapp_refused";
  return new RunnerError(code, detail);
}
