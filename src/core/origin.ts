/**
 * Reads origins, host names and base paths as people write them: with a slash behind, in capital
 * letters.
 *
 * @module
 */
import { badOption, type OptionParser } from "./options.ts";

/** The origin that a text is; undefined for one with a path or a login, and for no web address. */
export function originOf(text: string): string | undefined {
  const url = URL.parse(text.trim());
  const whole = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return whole ? url.origin : undefined;
}

/** The origin of a page: of the web, of an app or an extension, `null`, or `*` for all. */
export function pageOriginOf(text: string): string | undefined {
  const other = /^(\*|null|(?!http)[a-z][a-z\d+.-]*:\/\/[^/?#@]+)$/i.exec(text.trim());
  return other ? other[0] : originOf(text);
}

/**
 * A host name without a port: `*.example.com` means all names below one. An address is not a name.
 */
export function hostNameOf(text: string): string | undefined {
  const name = text.trim().toLowerCase();
  return /^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(name) ? name : undefined;
}

/** Makes the parser of an option whose text is read by a function. */
export function readBy(
  read: (text: string) => string | undefined,
  takes: string,
): OptionParser<string> {
  return (value, name) => {
    const found = typeof value === "string" ? read(value) : undefined;
    if (found === undefined) throw badOption(name, takes, value);
    return found;
  };
}

/** The parser of the origin of another runner. */
export const parseOrigin: OptionParser<string> = readBy(
  originOf,
  "an origin such as https://bot.example.com",
);

/** The parser of the origin of a page. */
export const parsePageOrigin: OptionParser<string> = readBy(
  pageOriginOf,
  "an origin such as https://app.example.com, or *",
);

/** The parser of the name of a host. */
export const parseHostName: OptionParser<string> = readBy(
  hostNameOf,
  "a name such as bot.example.com or *.example.com",
);

/** The public origin that a text is; without a scheme it is one of `https:`. */
export function publicOriginOf(text: string): string | undefined {
  return originOf(/^https?:\/\//i.test(text.trim()) ? text : `https://${text.trim()}`);
}

/** The parser of the public origin. */
export const parsePublicUrl: OptionParser<string> = readBy(
  publicOriginOf,
  "an origin such as https://bot.example.com",
);

/** The base path that a text is, as in `/voice`; empty for the root, undefined for no plain path. */
export function basePathOf(text: string): string | undefined {
  const path = text.trim().replace(/^\/|\/$/g, "");
  if (path === "") return "";
  const plain = path.split("/").every((name) => /^[\w~.-]+$/.test(name) && !/^\.+$/.test(name));
  return plain ? `/${path}` : undefined;
}

/** The parser of a base path. */
export const parseBasePath: OptionParser<string> = readBy(
  basePathOf,
  "a path such as /voice, of letters, digits and -._~",
);

/** Tells whether a path is a base path, or leads below it. */
export function isBelow(path: string, base: string): boolean {
  return path.startsWith(base) && (path.length === base.length || path[base.length] === "/");
}
