/**
 * The webhook that Meta calls for WhatsApp: `/whatsapp`.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import type { Handler } from "hono";
import { fromHex } from "../../core/bytes.ts";
import { RunnerError } from "../../core/error.ts";
import { hmac, sameSecret } from "../../core/hash.ts";
import { whatsAppCalls, type WhatsAppCallsOptions } from "./calls.ts";
import { bodyJson, readBytes } from "../../http/body.ts";
import type { AppEnv, Others } from "../../http/env.ts";
import { hasNoRoom } from "../../sessions/refusal.ts";
import { readNotification } from "./webhook.ts";

const logger = getLogger(["pipecat", "runner", "whatsapp"]);

const MAX_WEBHOOK_BYTES = 1_000_000;

/** What answers Meta. */
export interface WhatsAppHandlers {
  /** Proves to Meta that the webhook is the account's. */
  readonly prove: Handler<AppEnv>;
  /**
   * Accepts the news of calls. They are answered later, because Meta does not wait for an answer
   * here.
   */
  readonly take: Handler<AppEnv>;
  /** Rejects all new calls; resolves when those that were taken are over. */
  close(): Promise<void>;
}

/** Makes what answers Meta. */
export function whatsappHandlers(options: WhatsAppCallsOptions): WhatsAppHandlers {
  const { account } = options;
  const calls = whatsAppCalls(options);
  const { verify } = hmac(account.appSecret);
  return {
    prove(c) {
      const { "hub.mode": mode, "hub.verify_token": token = "", "hub.challenge": challenge = "" } =
        c.req.query();
      const known = sameSecret(token, account.verificationToken);
      if (mode !== "subscribe" || !known || challenge === "") {
        throw new RunnerError("not_verified", "This is not how Meta verifies a webhook.");
      }
      return c.text(challenge, 200, { "x-content-type-options": "nosniff" });
    },
    async take(c) {
      const body = await readBytes(c.req.raw, MAX_WEBHOOK_BYTES);
      const signature = signatureOf(c.req.header("x-hub-signature-256"));
      if (signature === undefined || !await verify(body, signature)) {
        logger.warn(
          "Refused a request that is not signed with WHATSAPP_APP_SECRET. If it came from Meta, compare " +
            "the secret with the app's",
        );
        throw new RunnerError("bad_signature", "This request is not signed by Meta.");
      }
      const { others, forwarded, platform } = c.env;
      for (const event of readNotification(bodyJson(new TextDecoder().decode(body)))) {
        const handled = await calls.handle(event);
        switch (handled.kind) {
          case "taken":
            platform?.waitUntil(handled.over);
            break;
          case "refused":
            if (hasNoRoom(handled.error) && (others || forwarded)) {
              await handled.forget();
              if (!others) throw handled.error; // the forwarding process asks the next one
              if (await others.take()) break;
            }
            platform?.waitUntil(handled.reject());
            break;
          case "other":
            platform?.waitUntil(tell(handled.sessionId, others));
        }
      }
      return c.json({ status: "success" });
    },
    close: () => calls.close(),
  };
}

/** Passes the news to the process that has the call; if that is gone, so is the call. */
async function tell(sessionId: string, others: Others | undefined): Promise<void> {
  await others?.owner(sessionId).catch((error) => {
    logger.warn("The process that has a WhatsApp call could not be told of its end: {error}", {
      sessionId,
      error,
    });
  });
}

/** The bytes of `sha256=…`; undefined for anything else. */
function signatureOf(header: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  const digits = /^sha256=((?:[\da-f]{2}){32})$/i.exec(header ?? "")?.[1];
  return digits === undefined ? undefined : fromHex(digits);
}
