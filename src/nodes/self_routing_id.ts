/**
 * Ids of sessions and peers that name the process which owns them.
 *
 * An id is `owner-random-signature`, in hex: 48 bits of the SHA-256 of the owner's origin, 96
 * random bits, and 96 bits of HMAC-SHA-256 over the preceding parts. So whoever knows the secret
 * and the origins finds the owner without a registry, and an id that was not made with the secret
 * leads nowhere.
 *
 * @module
 */
import { randomHex } from "../core/bytes.ts";
import { type KeyedHash, sameSecret, sha256 } from "../core/hash.ts";

const OWNER_LENGTH = 12; // 48 bits: enough to tell a few nodes apart
const RANDOM_BYTES = 12; // 96 bits, like the signature
const SIGNATURE_LENGTH = 24;

const ID = /^((?:[a-z]+_)?([0-9a-f]{12})-[0-9a-f]{24})-([0-9a-f]{24})$/;

/** The name of the process with an origin, as in ids: 12 hex digits. */
export async function ownerName(origin: string): Promise<string> {
  return (await sha256(origin)).slice(0, OWNER_LENGTH);
}

/** Makes an id that leads to its owner, such as `pc_6c1f09d2a4b7-…`. */
export async function newSelfRoutingId(
  hash: KeyedHash,
  owner: string,
  prefix: "" | "pc_",
): Promise<string> {
  const random = randomHex(RANDOM_BYTES);
  const signed = `${prefix}${owner}-${random}`;
  return `${signed}-${await signature(hash, signed)}`;
}

/**
 * Tells whether an id has the form of one that names its owner; says nothing about its signature.
 */
export function isSelfRoutingId(id: string): boolean {
  return ID.test(id);
}

/** The owner's name in an id that may be forged; undefined if it has none. */
export function nameIn(id: string): string | undefined {
  return ID.exec(id)?.[2];
}

/** The owner's name; undefined if the id was not made with this secret, or was changed. */
export async function ownerOf(hash: KeyedHash, id: string): Promise<string | undefined> {
  const [, signed, owner, given] = ID.exec(id) ?? [];
  if (signed === undefined || given === undefined) return undefined;
  return sameSecret(given, await signature(hash, signed)) ? owner : undefined;
}

async function signature(hash: KeyedHash, signed: string): Promise<string> {
  // The first word keeps these apart from everything else signed with the same secret.
  return (await hash(`id ${signed}`)).slice(0, SIGNATURE_LENGTH);
}
