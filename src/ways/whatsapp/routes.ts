/**
 * The webhook that Meta calls for WhatsApp: `/whatsapp`.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import type { Hono } from "hono";
import { fromHex } from "../../core/bytes.ts";
import { RunnerError } from "../../core/error.ts";
import { hmac, sameSecret } from "../../core/hash.ts";
import type { WhatsAppAccount } from "./account.ts";
import type { WhatsAppCalls } from "./calls.ts";
import { bodyJson, readBytes } from "../../http/body.ts";
import type { AppEnv } from "../../http/env.ts";
import { createRoutes } from "../../http/hono.ts";

const logger = getLogger(["pipecat", "runner", "whatsapp"]);

const MAX_WEBHOOK_BYTES = 1_000_000;

/** What the webhook needs. */
export interface WhatsAppRoutesOptions {
  readonly account: WhatsAppAccount;
  readonly calls: WhatsAppCalls;
}

/** The routes of the webhook. Calls are answered after it, for Meta waits for no answer here. */
export function whatsappRoutes({ account, calls }: WhatsAppRoutesOptions): Hono<AppEnv> {
  const { verify } = hmac(account.appSecret);
  return createRoutes()
    .get("/whatsapp", (c) => {
      const { "hub.mode": mode, "hub.verify_token": token = "", "hub.challenge": challenge = "" } =
        c.req.query();
      const known = sameSecret(token, account.verificationToken);
      if (mode !== "subscribe" || !known || challenge === "") {
        throw new RunnerError("not_verified", "This is not how Meta verifies a webhook.");
      }
      return c.text(challenge, 200, { "x-content-type-options": "nosniff" });
    })
    .post("/whatsapp", async (c) => {
      const body = await readBytes(c.req.raw, MAX_WEBHOOK_BYTES);
      const signature = signatureOf(c.req.header("x-hub-signature-256"));
      if (signature === undefined || !await verify(body, signature)) {
        logger.warn(
          "Refused a request that is not signed with WHATSAPP_APP_SECRET. If it came from Meta, compare " +
            "the secret with the app's",
        );
        throw new RunnerError("bad_signature", "This request is not signed by Meta.");
      }
      const { readNotification } = await import("./webhook.ts"); // zod is slow to load
      for (const event of readNotification(bodyJson(new TextDecoder().decode(body)))) {
        const over = calls.handle(event);
        c.env.platform?.waitUntil(over);
      }
      return c.json({ status: "success" });
    });
}

/** The bytes of `sha256=…`; undefined when it is anything else. */
function signatureOf(header: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  const digits = /^sha256=((?:[\da-f]{2}){32})$/i.exec(header ?? "")?.[1];
  return digits === undefined ? undefined : fromHex(digits);
}
