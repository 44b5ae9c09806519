/**
 * IP addresses, as text and as bytes.
 *
 * @module
 */

/** An address as sockets spell it: IPv6 in its shortest form. Not every host's sockets tell how. */
export function canonicalHost(host: string): string {
  if (!host.includes(":")) return host;
  return URL.parse(`http://[${host}]`)?.hostname.slice(1, -1) ?? host;
}

/** Whether an address leads only to this machine. */
export function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1";
}

/** The 4 or 16 bytes of an address that a socket has told. */
export function hostBytes(host: string): Uint8Array {
  if (!host.includes(":")) return dotted(host);
  const [head = "", tail] = host.replace(/%.*/, "").split("::");
  const start = words(head);
  const end = words(tail ?? "");
  const bytes = new Uint8Array(16);
  bytes.set(start);
  bytes.set(end, 16 - end.length);
  return bytes;
}

function words(text: string): Uint8Array {
  return Uint8Array.from(
    text.split(":").filter(Boolean).flatMap((word) =>
      word.includes(".") ? [...dotted(word)] : [parseInt(word, 16) >> 8, parseInt(word, 16)]
    ),
  );
}

function dotted(text: string): Uint8Array {
  return Uint8Array.from(text.split("."), Number);
}
