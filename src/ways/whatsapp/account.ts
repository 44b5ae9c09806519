/**
 * The WhatsApp Business account that the environment names.
 *
 * @module
 */
import type { Environment } from "../../core/carrier.ts";
import { RunnerError } from "../../core/error.ts";

/** Where Meta's Graph API is. */
const BASE_URL = "https://graph.facebook.com/v23.0";

/** A business phone number on WhatsApp, and the secrets to it. */
export interface WhatsAppAccount {
  /** Signs Meta's requests. */
  readonly appSecret: string;
  readonly phoneNumberId: string;
  /** Lets us in at Meta. */
  readonly token: string;
  /** Proves that the webhook was entered at Meta by its owner. */
  readonly verificationToken: string;
  /** Such as `https://graph.facebook.com/v23.0`, with no slash at its end. */
  readonly baseUrl: string;
}

/**
 * Reads `WHATSAPP_APP_SECRET`, `WHATSAPP_PHONE_NUMBER_ID`, `WHATSAPP_TOKEN` and
 * `WHATSAPP_WEBHOOK_VERIFICATION_TOKEN`, and `WHATSAPP_BASE_URL` if it is there.
 *
 * @throws {RunnerError} `no_credentials`, naming the variables that are missing.
 */
export function whatsAppAccount(environment: Environment): WhatsAppAccount {
  const missing: string[] = [];
  const need = (name: string): string => {
    const value = environment[name];
    if (!value) missing.push(name);
    return value ?? "";
  };
  const account = {
    appSecret: need("WHATSAPP_APP_SECRET"),
    phoneNumberId: need("WHATSAPP_PHONE_NUMBER_ID"),
    token: need("WHATSAPP_TOKEN"),
    verificationToken: need("WHATSAPP_WEBHOOK_VERIFICATION_TOKEN"),
    baseUrl: (environment.WHATSAPP_BASE_URL || BASE_URL).replace(/\/+$/, ""),
  };
  if (missing.length === 0) return account;
  throw new RunnerError("no_credentials", `WhatsApp needs an account: set ${missing.join(", ")}.`);
}
