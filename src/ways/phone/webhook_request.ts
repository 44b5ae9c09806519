/**
 * Reads the request of a carrier's webhook: who sent it, and what it says.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";
import { type AskingProvider, forged } from "./provider.ts";
import { publicUrl, type PublicUrlOptions } from "../../http/public_url.ts";
import { bodyJson, readBytes } from "../../http/body.ts";

const MAX_WEBHOOK_BYTES = 64 << 10;
/** Signatures in one header; Plivo has one for each auth token of the account. */
const MAX_SIGNATURES = 8;

/** A webhook that was read. */
export interface Webhook {
  /** Its address, under the public origin. */
  readonly url: URL;
  /** What it says, under the carrier's own names. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Set if the carrier has signed it. */
  readonly signed?: true;
  /** Its signatures, if they must be bound to one call. */
  readonly signatures: readonly string[];
}

/**
 * Reads a webhook, and verifies that it is the carrier's if there is a secret.
 *
 * @throws {RunnerError} `bad_signature` with status 403, `too_large`, `body_cut`, `bad_json` or
 * `bad_form`.
 */
export async function receiveWebhook(
  request: Request,
  provider: AskingProvider,
  urls: PublicUrlOptions,
): Promise<Webhook> {
  const { account, webhook } = provider;
  const { method, headers } = request;
  const url = publicUrl(request, urls);
  // No carrier signs the body of a GET, so such a body is ignored.
  const body = method === "POST" ? await readBytes(request, MAX_WEBHOOK_BYTES) : new Uint8Array();
  const signed = account.verifyWebhook !== undefined;
  if (signed && !await account.verifyWebhook({ method, url, headers, body })) {
    throw forged(provider, url);
  }
  // Unsigned data must not add to signed data.
  const query = signed && webhook.signsBodyOnly && body.length > 0
    ? {}
    : Object.fromEntries(url.searchParams);
  const header = signed && webhook.signatureHeader && headers.get(webhook.signatureHeader);
  const signatures = header ? header.split(",", MAX_SIGNATURES).map((one) => one.trim()) : [];
  return {
    url,
    parameters: { ...query, ...await readParameters(headers, body) },
    ...(signed ? { signed } : {}),
    signatures,
  };
}

/** The parameters in a body: a form of either kind, or JSON. */
async function readParameters(
  headers: Headers,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Record<string, unknown>> {
  const type = headers.get("content-type") ?? "";
  if (/^multipart\/form-data\b/i.test(type)) return await readMultipart(type, bytes);
  const text = new TextDecoder().decode(bytes);
  if (!/\bjson\b/i.test(type)) return Object.fromEntries(new URLSearchParams(text));
  const value = bodyJson(text);
  if (typeof value === "object" && value !== null) return { ...value };
  throw new RunnerError("bad_json", "The body is not a JSON object.");
}

/** A form as Exotel sends it, of which files say nothing. */
async function readMultipart(
  type: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Record<string, string>> {
  try {
    const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
    return Object.fromEntries(
      [...form].flatMap(([name, value]) => typeof value === "string" ? [[name, value]] : []),
    );
  } catch (cause) {
    throw new RunnerError("bad_form", "The form cannot be read.", { cause });
  }
}
