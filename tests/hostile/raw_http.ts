/**
 * HTTP as bytes over TCP, for requests that no client library would send.
 */

/** What came back. */
export interface RawAnswer {
  /** The HTTP status; 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

const latin1 = new TextDecoder("latin1");

/** Reads one answer; undefined when none came in time. */
export async function readAnswer(
  connection: Deno.Conn,
  options: { readonly timeoutMs: number; readonly hasBody?: boolean },
): Promise<RawAnswer | undefined> {
  const { timeoutMs, hasBody = true } = options;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    close(connection);
  }, timeoutMs);
  try {
    return await read(connection, hasBody);
  } catch {
    return late ? undefined : { status: 0, head: "", body: "" }; // reset by the server
  } finally {
    clearTimeout(timer);
  }
}

async function read(connection: Deno.Conn, hasBody: boolean): Promise<RawAnswer> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  const more = async () => {
    const count = await connection.read(buffer);
    if (count !== null) text += latin1.decode(buffer.subarray(0, count));
    return count !== null;
  };
  for (;;) {
    while (!text.includes("\r\n\r\n")) {
      if (!await more()) return { status: 0, head: text, body: "" };
    }
    const end = text.indexOf("\r\n\r\n") + 4;
    const head = text.slice(0, end);
    const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(head)?.[1] ?? 0);
    text = text.slice(end);
    if (status >= 100 && status < 200 && status !== 101) continue;
    if (status === 101 || status === 204 || status === 304 || !hasBody) {
      return { status, head, body: text };
    }
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    const complete = length !== undefined
      ? () => text.length >= Number(length)
      : /^transfer-encoding: *chunked/im.test(head)
      ? () => text.endsWith("0\r\n\r\n")
      : () => false;
    while (!complete()) if (!await more()) break;
    return { status, head, body: text };
  }
}

/** Closes a connection, if it is open. */
export function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // closed already
  }
}

/** Writes all bytes; false when the server has hung up. */
export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    return true;
  } catch {
    return false;
  }
}
