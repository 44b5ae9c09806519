/**
 * Reads the bodies of requests, without trusting their size, end or depth.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { inTime } from "../core/wait.ts";

/** Nobody needs deeper JSON, and it could not be serialized again: the stack would overflow. */
const MOST_LEVELS = 256;
/** How long a body may take to arrive, in ms: none is large, and each occupies a connection. */
const BODY_MS = 20_000;

/**
 * Reads a body.
 *
 * @param most The most bytes it may have.
 * @param deadline How long it may take, in ms. Default: 20 s.
 * @throws {RunnerError} `too_large` if it has more, `body_cut` if it ends too early, and
 * `body_late` with status 408 if it does not end in time.
 */
export async function readBytes(
  request: Request,
  most: number,
  deadline: number = BODY_MS,
): Promise<Uint8Array<ArrayBuffer>> {
  const { headers } = request;
  const told = headers.get("content-length");
  if (Number(told) > most) throw tooLarge(most);
  // The host holds a client to the length that it declared, unless it declared two.
  const certain = told !== null && !headers.has("transfer-encoding");
  try {
    // Reading request.body would make a stream, which costs as much as the rest of the work.
    const read = certain ? request.bytes() : collect(request.body, most);
    return await inTime(deadline, read, () => {
      throw new RunnerError("body_late", "The body did not arrive in time.");
    });
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause;
    throw new RunnerError("body_cut", "The body ended too early.", { cause });
  }
}

/**
 * Reads a body as text.
 *
 * @throws {RunnerError} as {@link readBytes} does.
 */
export async function readText(request: Request, most: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(request, most));
}

/**
 * Parses the JSON of a body.
 *
 * @throws {RunnerError} `bad_json` if it is not JSON, or is nested too deeply.
 */
export function bodyJson(text: string): unknown {
  if (text.length > MOST_LEVELS && levels(text) > MOST_LEVELS) {
    throw new RunnerError("bad_json", `The JSON has more than ${MOST_LEVELS} levels.`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RunnerError("bad_json", "The body is not valid JSON.", { cause });
  }
}

async function collect(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) { // leaving it early cancels the stream
    size += chunk.length;
    if (size > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** How deeply the objects and arrays of some JSON are nested. */
function levels(json: string): number {
  let [level, deepest, quoted] = [0, 0, false];
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '"') quoted = !quoted;
    else if (quoted) {
      if (character === "\\") i++;
    } else if (character === "{" || character === "[") deepest = Math.max(deepest, ++level);
    else if (character === "}" || character === "]") level--;
  }
  return deepest;
}

function tooLarge(most: number): RunnerError {
  return new RunnerError("too_large", `The body is larger than ${most} bytes.`);
}
