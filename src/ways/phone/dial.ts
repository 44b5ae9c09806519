/**
 * Dials calls for the bot.
 *
 * @module
 */
import { getLogger, inSession } from "../../core/log.ts";
import type { Environment } from "../../core/carrier.ts";
import { RunnerError } from "../../core/error.ts";
import type { DialledCall, DialOptions } from "../../core/phone_call.ts";
import { abortedAfter } from "../../core/wait.ts";
import { webSocketUrl } from "../../http/public_url.ts";
import type { PhoneCalls } from "../../sessions/phone_calls.ts";
import type { Sessions } from "../../sessions/session.ts";
import type { SessionStore } from "../../sessions/store.ts";
import { dropToken, issueToken } from "../../sessions/token.ts";
import { checkAllowed, checkNumber, checkOwnNumber, type DialPrefixes } from "./destination.ts";
import { cannot, needed, type Provider } from "./provider.ts";

const logger = getLogger(["pipecat", "runner", "telephony"]);

/** How long the carrier may take to begin a call, in ms. */
const DIAL_MS = 15_000;

/** What dialling needs. */
export interface DiallerOptions {
  /** The carriers that the runner serves. */
  readonly providers: readonly Provider[];
  readonly environment: Environment;
  readonly store: SessionStore;
  readonly sessions: Sessions;
  readonly calls: PhoneCalls;
  /** The prefix of its paths, such as `/sales`. */
  readonly base: string;
  /** Which numbers may be called; false for none. */
  readonly dialPrefixes?: DialPrefixes | false;
}

/** Where a call is dialled from. */
export interface DialContext {
  /** The runner's public origin, which the carrier asks; undefined if unknown. */
  readonly origin: URL | undefined;
  /** Returns who requests the call, if known. */
  readonly client?: (() => string | undefined) | undefined;
  /** How much is stored for it, as a part of the most that one session may store. */
  readonly stored?: number;
  readonly traceparent?: string | undefined;
}

/**
 * Dials a call: a session waits for the answer, for at most five minutes.
 *
 * @throws {RunnerError} `dial_off`, `transport_disabled`, `bad_number`, `number_not_allowed`,
 * `carrier_cannot`, `no_credentials`, `no_public_url`, `too_many_starts` and whatever else refuses
 * a session, `dial_failed` with the carrier's own code, and `dial_uncertain` if the phone may ring.
 */
export async function dialCall(
  order: DialOptions,
  context: DialContext,
  options: DiallerOptions,
): Promise<DialledCall> {
  const { environment, store, sessions, calls, base, dialPrefixes } = options;
  const { transport, to, machineDetection = false, body = {} } = order;
  if (dialPrefixes === false) throw new RunnerError("dial_off", "Dialling is off here.");
  const provider = options.providers.find(({ carrier: { name } }) => name === transport);
  if (!provider) {
    throw new RunnerError("transport_disabled", `Calls on ${transport} are not enabled here.`);
  }
  const variable = `${transport.toUpperCase()}_PHONE_NUMBER`;
  const from = order.from ?? environment[variable];
  checkNumber(to);
  if (!from) throw new RunnerError("bad_number", `Name the number to show: from, or ${variable}.`);
  checkOwnNumber(from);
  checkAllowed(to, from, dialPrefixes);
  if (machineDetection) cannot(provider, "detectMachines");
  if (machineDetection === "greeting") cannot(provider, "awaitGreeting");
  const dial = needed(provider, "dial");
  const { origin, client, stored, traceparent } = context;
  if (!origin) {
    const detail = "To dial, set the runner's public address: publicUrl (--proxy).";
    throw new RunnerError("no_public_url", detail);
  }
  const sessionId = await sessions.newId();
  const visit = { client, ringing: true, ...(stored === undefined ? {} : { stored }) };
  return await sessions.reserve(sessionId, visit, async () => {
    const call = { direction: "outbound", from, to } as const;
    const record = { id: sessionId, transport, body, call, signed: true, traceparent } as const;
    const token = await issueToken(store, record);
    const eventUrl = new URL(`${base}/${transport}`, origin).href;
    const streamUrl = webSocketUrl(origin, `${base}/ws/${token}`).href;
    const urls = { eventUrl, answerUrl: `${eventUrl}/${token}`, streamUrl };
    try {
      const callId = await abortedAfter(
        DIAL_MS,
        (signal) => dial({ to, from, machineDetection, ...urls }, signal),
      );
      inSession(sessionId, () => logger.info("Dialling a call on {transport}", { transport }));
      const name = { carrier: transport, callId };
      await calls.dialled(name, { kind: "stream", sessionId, token }).catch(() => {});
      return { sessionId, callId };
    } catch (error) {
      // If the phone may ring, the callee should reach the bot.
      const rings = error instanceof RunnerError && error.code === "dial_uncertain";
      if (!rings) await dropToken(store, token);
      throw error;
    }
  });
}
