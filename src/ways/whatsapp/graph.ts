/**
 * What is done with a call, over Meta's Graph API.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import { RunnerError } from "../../core/error.ts";
import { countFailure } from "../../core/failures.ts";
import { rest, type RestAnswer } from "../../core/rest.ts";
import type { WhatsAppAccount } from "./account.ts";
import { GraphResponse } from "./graph_response.ts";
import type { WhatsAppCall } from "./webhook.ts";

const logger = getLogger(["pipecat", "runner", "whatsapp"]);

/** How long one attempt to end a call may take, in ms. */
const END_MS = 10_000;

/** The commands for calls. */
export interface WhatsAppGraph {
  /**
   * Answers a call: with `pre_accept` it is connected while it still rings, with `accept` media flows.
   *
   * @throws {RunnerError} `whatsapp_refused`, or `whatsapp_silent` without a response; the message
   * contains no secret and no number.
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
  const send = (content: Readonly<Record<string, unknown>>, options: SendOptions) =>
    request(account, { messaging_product: "whatsapp", ...content }, options);
  return {
    async answer(action, { id, from }, sdp, signal) {
      const session = { sdp_type: "answer", sdp };
      const content = { ...(from ? { to: from } : {}), call_id: id, action, session };
      const outcome = await send(content, { signal });
      signal.throwIfAborted();
      if (!succeeded(outcome)) throw failure(action, outcome);
    },
    async end(action, callId) {
      const outcome = await send({ call_id: callId, action }, { again: true });
      if (succeeded(outcome)) return;
      const error = failure(action, outcome);
      if (isOver(outcome)) {
        // Meta's codes do not tell them apart, and mostly it is so: the caller was faster.
        logger.debug("A WhatsApp call was over before {action}: {error}", { action, error });
      } else logger.error("{error}", { error });
    },
  };
}

/** The result of a request; status 0 if there was no response. */
interface Outcome extends GraphResponse {
  readonly status: number;
}

/** Either ends a command, or says that it should be tried again. */
interface SendOptions {
  readonly signal?: AbortSignal;
  readonly again?: true;
}

async function request(
  { baseUrl, phoneNumberId, token }: WhatsAppAccount,
  content: Readonly<Record<string, unknown>>,
  { signal, again }: SendOptions,
): Promise<Outcome> {
  const read = ({ status, json }: RestAnswer): Outcome => ({
    ...GraphResponse.safeParse(json).data,
    status,
  });
  const answer = await rest({
    method: "POST",
    url: `${baseUrl}/${encodeURIComponent(phoneNumberId)}/calls`,
    headers: { "authorization": `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(content),
    timeoutMs: again && END_MS,
    signal,
  }, (answer) => {
    const outcome = read(answer);
    return again !== undefined && !succeeded(outcome) && !denied(outcome) && !isOver(outcome);
  });
  return read(answer);
}

function succeeded({ status, success }: Outcome): boolean {
  return status === 200 && success !== false;
}

/** Tells whether Meta does not take the command for this call. */
function isOver(outcome: Outcome): boolean {
  const { status } = outcome;
  return status >= 400 && status < 500 && status !== 429 && !denied(outcome);
}

function denied({ status, error }: Outcome): boolean {
  const BAD_TOKEN = 190;
  return status === 401 || status === 403 || error?.code === BAD_TOKEN;
}

function failure(
  action: "pre_accept" | "accept" | "reject" | "terminate",
  outcome: Outcome,
): RunnerError {
  const { status, error } = outcome;
  if (!isOver(outcome)) countFailure("carrier", "whatsapp", action);
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
