/**
 * HTTP without the help of `fetch`, which sends no handshakes and no bodies that are cut short.
 */

/** A request as it goes over the wire. */
export interface RawRequest {
  readonly method?: string;
  /** What follows the address of the server. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The headers that ask for a WebSocket. */
export const HANDSHAKE: Readonly<Record<string, string>> = {
  "connection": "Upgrade",
  "upgrade": "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** Sends a request and resolves with the status of the answer, whatever else it says. */
export async function exchange(url: string, request: RawRequest): Promise<number> {
  const { status, connection } = await open(url, request);
  connection.close();
  return status;
}

/** Sends a request and resolves with the status of the answer, and what is left to be closed. */
export async function open(
  url: string,
  { method = "GET", path, headers = {}, body = "" }: RawRequest,
): Promise<{ readonly status: number; readonly connection: Deno.Conn }> {
  const { hostname, port, host, pathname } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const fields = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const text = `${method} ${pathname.replace(/\/$/, "")}${path} HTTP/1.1\r\n${
    fields.join("\r\n")
  }\r\n\r\n${body}`;
  // The server may answer, and close, before it has read all.
  const sent = write(connection, new TextEncoder().encode(text)).catch(() => {});
  const buffer = new Uint8Array(4096);
  const length = await connection.read(buffer) ?? 0;
  await sent;
  const answer = new TextDecoder().decode(buffer.subarray(0, length));
  return { status: Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1]), connection };
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
