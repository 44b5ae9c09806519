/**
 * The webhook that Meta calls for WhatsApp: `/whatsapp`.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import type { Hono } from "hono";
import { encodeBase64 } from "../carriers/base64.ts";
import { equalSecrets, hmacVerifier } from "../carriers/signature.ts";
import { RunnerError } from "../core/error.ts";
import type { WhatsAppAccount } from "../whatsapp/account.ts";
import type { WhatsAppCalls } from "../whatsapp/calls.ts";
import { parseJson, readBytes } from "./body.ts";
import type { AppEnv } from "./env.ts";
import { createRoutes } from "./hono.ts";

const logger = getLogger(["pipecat", "runner", "whatsapp"]);

const MAX_WEBHOOK_BYTES = 1_000_000;

/** What the webhook needs. */
export interface WhatsAppRoutesOptions {
  readonly account: WhatsAppAccount;
  readonly calls: WhatsAppCalls;
}

/** The routes of the webhook. Calls are answered after it, for Meta waits for no answer here. */
export function whatsappRoutes({ account, calls }: WhatsAppRoutesOptions): Hono<AppEnv> {
  const verify = hmacVerifier("SHA-256", account.appSecret);
  return createRoutes()
    .get("/whatsapp", async (c) => {
      const { "hub.mode": mode, "hub.verify_token": token = "", "hub.challenge": challenge = "" } =
        c.req.query();
      const known = await equalSecrets(token, account.verificationToken);
      if (mode !== "subscribe" || !known || challenge === "") {
        throw new RunnerError("not_verified", "This is not how Meta verifies a webhook.", {
          status: 403,
        });
      }
      return c.text(challenge, 200, { "x-content-type-options": "nosniff" });
    })
    .post("/whatsapp", async (c) => {
      const body = await readBytes(c.req.raw, MAX_WEBHOOK_BYTES);
      const signature = hexToBase64(c.req.header("x-hub-signature-256"));
      if (signature === undefined || !await verify(body, signature)) {
        logger.warn(
          "Refused a request that is not signed with WHATSAPP_APP_SECRET. If it came from Meta, compare " +
            "the secret with the app's",
        );
        throw new RunnerError("bad_signature", "This request is not signed by Meta.", {
          status: 403,
        });
      }
      const { readNotification } = await import("../whatsapp/webhook.ts"); // zod is slow to load
      for (const event of readNotification(parseJson(new TextDecoder().decode(body)))) {
        const over = calls.handle(event);
        c.env.platform?.waitUntil(over);
      }
      return c.json({ status: "success" });
    });
}

/** The bytes of `sha256=…` in base64; undefined when it is anything else. */
function hexToBase64(header: string | undefined): string | undefined {
  const hex = /^sha256=((?:[\da-f]{2}){32})$/i.exec(header ?? "")?.[1];
  if (hex === undefined) return undefined;
  const bytes = Uint8Array.from(
    { length: 32 },
    (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
  return encodeBase64(bytes);
}
