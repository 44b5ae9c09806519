/**
 * Reads the file of a form as it arrives, and never holds all of it.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";
import { inTime } from "../../core/wait.ts";
import { type HandOver, handOver } from "./hand_over.ts";
import { badForm, parseMultipart } from "./multipart.ts";

/** How long a client may send nothing, in ms. */
const IDLE_MS = 30_000;
/**
 * The slowest client after that time, in bytes per ms: a slower one would hold its place for days.
 */
const SLOWEST = 1;
/** What a form may contain besides its file, in bytes. */
const MOST_ELSE = 1 << 20;
/**
 * How much of a refused upload is read, in bytes: a client that is still sending cannot read the
 * answer.
 */
const MOST_DRAINED = 64 << 20;
/** The longest file name to keep, in characters. */
const LONGEST_NAME = 255;

type Chunk = Uint8Array<ArrayBuffer>;
type Read = () => Promise<ReadableStreamReadResult<Chunk>>;

/** The file of a form, while it arrives. */
export interface FormFile {
  /** Its name, without a folder. */
  readonly name: string;
  readonly body: ReadableStream<Chunk>;
}

/** How to read. */
export interface FormOptions {
  /** The most bytes that the file may have. */
  readonly maxBytes: number;
  /** Ends the reading, for its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the field `file` of a form, and passes it on while it arrives.
 *
 * @throws {RunnerError} `bad_form` if it is not a form or has no file, `too_large`, `body_cut`,
 * `body_late`, the reason of the signal, and what `take` throws. If reading fails, the body given to
 * `take` fails first.
 */
export async function readFormFile<T>(
  request: Request,
  { maxBytes, signal }: FormOptions,
  take: (file: FormFile) => Promise<T>,
): Promise<T> {
  const told = Number(request.headers.get("content-length"));
  if (told > maxBytes + MOST_DRAINED) throw tooLarge(maxBytes);
  const form = parseMultipart(request.headers.get("content-type") ?? "");
  const reader = request.body?.getReader();
  if (!reader) throw badForm();
  const read = inTimeFrom(reader);
  const end = () => void reader.cancel().catch(() => {});
  signal?.addEventListener("abort", end);
  let file: HandOver<T> | undefined;

  /** Reads to the end of the form, or until nobody takes its file any longer. */
  async function pump(): Promise<void> {
    let [size, rest, inFile] = [0, MOST_ELSE, false];
    while (!file?.over) {
      const { done, value } = await read();
      signal?.throwIfAborted();
      if (done) throw new RunnerError("body_cut", "The form ended too early.");
      rest -= value.length;
      for (const token of form.push(value)) {
        if (token.kind === "end") return;
        if (token.kind === "part") {
          const { name, filename } = token;
          inFile = name === "file" && filename !== undefined && !file;
          if (inFile) file = handOver((body) => take({ name: baseName(filename!), body }));
        } else if (inFile) {
          size += token.bytes.length;
          rest += token.bytes.length;
          if (size > maxBytes) throw tooLarge(maxBytes);
          await file?.give(token.bytes);
        }
      }
      if (rest < 0) throw tooLarge(maxBytes);
    }
  }

  try {
    await pump();
    if (file === undefined) throw badForm();
    return await file.end();
  } catch (error) {
    await file?.fail(error);
    if (!isLate(error)) await drain(read);
    throw error;
  } finally {
    signal?.removeEventListener("abort", end);
    end(); // the rest is not needed
  }
}

/** Reads on as long as enough comes. */
function inTimeFrom(reader: ReadableStreamDefaultReader<Chunk>): Read {
  const began = performance.now();
  let bytes = 0;
  return async () => {
    try {
      const result = await inTime(IDLE_MS, reader.read(), () => {
        throw late("The file stopped arriving.");
      });
      bytes += result.value?.length ?? 0;
      if (performance.now() - began > IDLE_MS + bytes / SLOWEST) {
        throw late("The file arrives too slowly.");
      }
      return result;
    } catch (cause) {
      if (cause instanceof RunnerError) throw cause;
      throw new RunnerError("body_cut", "The form ended too early.", { cause });
    }
  };
}

function late(detail: string): RunnerError {
  return new RunnerError("body_late", detail);
}

async function drain(read: Read): Promise<void> {
  try {
    for (let left = MOST_DRAINED; left > 0;) {
      const { done, value } = await read();
      if (done) return;
      left -= value.length;
    }
  } catch {
    // it is refused anyway
  }
}

/** The last part of a name that may be a path, without characters that do not belong in a name. */
function baseName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  return last.replace(/\p{Cc}/gu, "").toWellFormed().slice(0, LONGEST_NAME);
}

function isLate(error: unknown): boolean {
  return error instanceof RunnerError && error.code === "body_late";
}

function tooLarge(maxBytes: number): RunnerError {
  return new RunnerError("too_large", `The file exceeds the limit of ${maxBytes} bytes.`);
}
