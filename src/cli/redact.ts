/**
 * Keeps secrets and phone numbers out of the log, whoever logs them: the bot, a library, or an
 * error.
 *
 * The runner's own lines contain none. What callers say cannot be told from other text, so nothing
 * here finds it: whoever logs transcripts does so deliberately.
 *
 * @module
 */

import type { CommandLine } from "./command_line.ts";

/** Replaces what must not be seen. */
const REDACTED = "[redacted]";

/** Names of environment variables that hold secrets, such as `TWILIO_AUTH_TOKEN`. */
const SECRET_VARIABLE = /(KEY|TOKEN|SECRET|PASSWORD|PASSWD|HMAC|CREDENTIALS?)(_|\d|$)/i;
/** A shorter value is more likely an ordinary word than a secret, in characters. */
const SHORTEST_SECRET = 8;

// Every repetition is bounded: a line may contain what a stranger sent.
const SECRET_FIELD =
  "[\\w-]{0,40}(?:authorization|password|passwd|secret|token|api[_-]?key|credential)";
const NUMBER_FIELD =
  "(?:(?:call)?(?:from|to)|\\w{0,40}(?:phone|caller|callee|called|number|msisdn)\\w{0,40})";
/** What is between a field's name and its value, in JSON, code and queries. */
const IS = `\\\\*["']?\\s{0,4}[:=]\\s{0,4}\\\\*`;

const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Tokens: JSON Web Tokens, in headers, in queries, and our own that open a WebSocket.
  [/\beyJ[\w-]{1,512}\.[\w-]{1,512}\.[\w-]*/g, REDACTED],
  [/\b(Bearer|Basic)(\s{1,4})(?=\S{0,40}[\d=+/_-]|\S{24})[^\s"'\\,;]{6,}/gi, `$1$2${REDACTED}`],
  [
    /([?&](?:[\w-]{0,40}(?:token|key|secret|signature|password)|body)=)[^&\s"'\\#]+/gi,
    `$1${REDACTED}`,
  ],
  // A folder may have that name, too, in which there are shorter names, files, and other folders.
  [/(\/ws\/)[\w~%=+-]{24,}(?![\w~%=+./:-])/g, `$1${REDACTED}`],
  [/\b[\da-f]{48}\b/g, REDACTED],
  [new RegExp(`(\\b${SECRET_FIELD}${IS}["'])[^"'\\\\]+`, "gi"), `$1${REDACTED}`],
  // User and password of a URL.
  [/(:\/\/)[^\s/@"'\\]{1,256}@/g, `$1${REDACTED}@`],
  // Phone numbers: of SIP, written internationally, and in fields that hold one.
  [/\b(sips?:|tel:)[^\s@;>"'\\]+/gi, `$1${REDACTED}`],
  [/(?<![\w.])(?:\+|%2B)[1-9](?:[ ().-]{0,2}\d){6,14}\b/gi, REDACTED],
  [new RegExp(`(\\b${NUMBER_FIELD}${IS}["']?)\\+?\\d{7,15}\\b`, "gi"), `$1${REDACTED}`],
  // What opens an encrypted WebRTC connection, or identifies its ends.
  [/\b(ice-pwd:|ice-ufrag:|fingerprint:\S{1,16}\s|inline:)[^\s"'\\]+/gi, `$1${REDACTED}`],
];

const SECRET_NAME = new RegExp(`^${SECRET_FIELD}$`, "i");
const NUMBER_NAME = new RegExp(`^${NUMBER_FIELD}$`, "i");

/** Removes from a text what must not be seen. */
export type Redact = (text: string) => string;

/** Takes out the secrets of the environment, and those that the arguments have. */
export function redactFor({ iceServers, metricsToken = "", startToken = "" }: CommandLine): Redact {
  const credentials = iceServers.flatMap(({ credential }) => credential ?? []);
  return createRedact(Deno.env.toObject(), [
    ...credentials,
    metricsToken,
    ...startToken.split(","),
  ]);
}

/**
 * Makes a filter that knows the secrets of an environment by their values, and others by their shape.
 * The ids of sessions, times and ports stay as they are.
 *
 * @param secrets More secrets, such as the credentials of TURN servers.
 */
export function createRedact(
  environment: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[] = [],
): Redact {
  const values = Object.entries(environment)
    .flatMap(([name, value]) => value && SECRET_VARIABLE.test(name) ? [value] : [])
    .concat(secrets)
    .filter((value) => value.length >= SHORTEST_SECRET);
  // Also as they look in a URL; the longest first, because one may be part of another.
  const known = [...new Set(values.flatMap((value) => [value, encodeURIComponent(value)]))]
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let rest = text;
    for (const value of known) rest = rest.replaceAll(value, REDACTED);
    for (const [pattern, replacement] of PATTERNS) rest = rest.replace(pattern, replacement);
    return rest;
  };
}

/** Removes from JSON what must not be seen, value by value, so that it stays JSON. */
export function redactJson(json: string, redact: Redact): string {
  return JSON.stringify(JSON.parse(json, (name, value: unknown) => {
    if (typeof value !== "string" && typeof value !== "number") return value;
    if (SECRET_NAME.test(name)) return REDACTED;
    if (NUMBER_NAME.test(name) && /^\+?\d{7,15}$/.test(String(value))) return REDACTED;
    return typeof value === "string" ? redact(value) : value;
  }));
}
