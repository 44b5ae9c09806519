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
import type { AppEnv } from "../../http/env.ts";
import { readNotification } from "./webhook.ts";

const logger = getLogger(["pipecat", "runner", "whatsapp"]);

const MAX_WEBHOOK_BYTES = 1_000_000;

/** What answers Meta. */
export interface WhatsAppHandlers {
  /** Proves to Meta that the webhook is the account's. */
  readonly prove: Handler<AppEnv>;
  /** Takes the news of calls. They are answered after it, for Meta waits for no answer here. */
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
      for (const event of readNotification(bodyJson(new TextDecoder().decode(body)))) {
        const over = calls.handle(event);
        c.env.platform?.waitUntil(over);
      }
      return c.json({ status: "success" });
    },
    close: () => calls.close(),
  };
}

/** The bytes of `sha256=…`; undefined when it is anything else. */
function signatureOf(header: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  const digits = /^sha256=((?:[\da-f]{2}){32})$/i.exec(header ?? "")?.[1];
  return digits === undefined ? undefined : fromHex(digits);
}
