/**
 * Requests that claim to be signed.
 */
import assert from "node:assert/strict";
import type { CarrierAccount, SignedRequest } from "../../src/core/carrier.ts";

/** Parameters of a form, some of which may be there several times. */
export type Parameters = Record<string, string | string[]>;

/** Encodes a form. */
export function form(parameters: Parameters): string {
  const pairs = Object.entries(parameters).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value])
  );
  return new URLSearchParams(pairs).toString();
}

/** Makes a request. */
export function request(
  method: string,
  url: string,
  headers: Record<string, string> | Headers,
  body = "",
): SignedRequest {
  return {
    method,
    url: new URL(url),
    headers: new Headers(headers),
    body: new TextEncoder().encode(body),
  };
}

/** Asks whether a webhook is authentic. */
export async function webhook(account: CarrierAccount, signed: SignedRequest): Promise<boolean> {
  assert.ok(account.verifyWebhook);
  return await account.verifyWebhook(signed);
}

/** Asks whether a WebSocket is authentic. */
export async function upgrade(account: CarrierAccount, signed: SignedRequest): Promise<boolean> {
  assert.ok(account.verifyUpgrade);
  return await account.verifyUpgrade(signed);
}

/** Every text that differs from this one in one character. */
export function flips(text: string): string[] {
  return Array.from(text, (character, at) => {
    const other = character === "A" ? "B" : "A";
    return text.slice(0, at) + other + text.slice(at + 1);
  });
}
