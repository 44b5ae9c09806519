/**
 * Documents that a carrier was told to fetch.
 *
 * @module
 */

/** The key under which a document waits for the carrier; its token is a part of the address. */
export function documentKey(token: string): string {
  return `document:${token}`;
}
