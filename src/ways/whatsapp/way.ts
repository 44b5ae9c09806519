/**
 * WhatsApp calls as a way in. Their bots have a WebRTC peer.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";
import { wrongMethod } from "../../http/border.ts";
import { whatsAppAccount } from "./account.ts";
import type { whatsappHandlers } from "./handlers.ts";
import { type Load, loadOnce, whenCalled } from "../../core/load_once.ts";
import { createRoutes } from "../../http/hono.ts";
import type { Kit, Way } from "../way.ts";

/**
 * Makes WhatsApp calls if they were requested.
 *
 * @param load Loads what answers Meta.
 * @throws {RunnerError} `no_webrtc` if the runner has no WebRTC, and `no_credentials` if a part of
 * the account is missing.
 */
export function whatsapp(
  { bot, sessions, once, environment, options, monitor }: Kit,
  load: Load<typeof whatsappHandlers>,
): Way | undefined {
  if (!options.whatsapp) return undefined;
  const { webrtc: peers } = options;
  if (!peers) {
    throw new RunnerError("no_webrtc", "WhatsApp calls need WebRTC, which is off here.");
  }
  const account = whatsAppAccount(environment);
  let closing: (() => Promise<void>) | undefined;
  const handlers = loadOnce(async () => {
    const made = (await load())({ account, bot, peers, sessions, once, monitor });
    closing = made.close;
    return made;
  });
  return {
    routes: createRoutes()
      .get("/whatsapp", whenCalled(async () => (await handlers()).prove))
      .post("/whatsapp", whenCalled(async () => (await handlers()).take))
      .all("/whatsapp", wrongMethod("GET", "POST")),
    close: async () => await closing?.(),
  };
}
