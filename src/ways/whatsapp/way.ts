/**
 * WhatsApp calls as a way in. Their bots have a WebRTC peer.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";
import { wrongMethod } from "../../http/border.ts";
import { whatsappRoutes } from "./routes.ts";
import { whatsAppAccount } from "./account.ts";
import { whatsAppCalls } from "./calls.ts";
import type { Kit, Way } from "../way.ts";

/**
 * Makes WhatsApp calls where they were asked for.
 *
 * @throws {RunnerError} `no_webrtc` where the runner has no WebRTC, and `no_credentials` when a part
 * of the account is missing.
 */
export function whatsapp(
  { bot, sessions, once, environment, options, monitor }: Kit,
): Way | undefined {
  if (!options.whatsapp) return undefined;
  const { webrtc: peers } = options;
  if (!peers) {
    throw new RunnerError("no_webrtc", "WhatsApp calls need WebRTC, which is off here.");
  }
  const account = whatsAppAccount(environment);
  const calls = whatsAppCalls({ account, bot, peers, sessions, once, monitor });
  return {
    routes: whatsappRoutes({ account, calls }).all("/whatsapp", wrongMethod("GET", "POST")),
    close: () => calls.close(),
  };
}
