/**
 * Clients upload files, and send the bot their URLs in `send-file`.
 *
 * @module
 */
import type { Context } from "hono";
import { RunnerError } from "../../core/error.ts";
import type { FileStorage } from "../../core/file_storage.ts";
import type { Load } from "../../core/load_once.ts";
import { getLogger } from "../../core/log.ts";
import type { AppEnv } from "../../http/env.ts";
import { createRoutes } from "../../http/hono.ts";
import type { Feature } from "../feature.ts";
import type { readFormFile } from "./form.ts";
import { createArriving } from "./arriving.ts";
import { createLedger, type Place } from "./ledger.ts";
import { mediaType, SAMPLE_BYTES } from "./media_type.ts";

const logger = getLogger(["pipecat", "runner", "uploads"]);

/** Reads the file of a form: see `form.ts`, which not every start must load. */
type FormReader = typeof readFormFile;

/** What may be uploaded. */
export interface UploadOptions {
  /** The largest file, in bytes. Default: 52428800 (50 MiB). */
  readonly maxBytes?: number;
  /** How many files a session may upload. Default: 32. */
  readonly maxFilesOfSession?: number;
  /** How many bytes in all. Default: 209715200 (200 MiB). */
  readonly maxBytesOfSession?: number;
}

/**
 * Takes files at `POST /sessions/:id/files`, and at `POST /files` from clients that do not know
 * their session. `POST /start` returns the address as `fileUploadUrl`; bots get the storage as
 * `args.fileStorage`. A session's uploads are deleted at its end.
 */
export function uploadsTo(
  storage: FileStorage,
  options: UploadOptions,
  loadReader: Load<FormReader>,
): Feature {
  const {
    maxBytes = 50 << 20,
    maxFilesOfSession: files = 32,
    maxBytesOfSession: bytes = 200 << 20,
  } = options;
  const ledger = createLedger(storage, { files, bytes });
  const arriving = createArriving();

  /** Saves the file of a request, and returns what the client must send back in `send-file`. */
  async function take(c: Context<AppEnv>, sessionId?: string, place?: Place) {
    const { signal, end } = arriving.begin(c.env.client?.());
    try {
      const read = await loadReader();
      return await read(c.req.raw, { maxBytes, signal }, async ({ name, body: whole }) => {
        const { type, body } = await sniff(whole, name, place?.count);
        const url = await save({ name, type, body, ...(sessionId ? { sessionId } : {}) });
        return { name, source: { type: "url", url }, format: type };
      });
    } finally {
      end();
    }
  }

  async function save(file: Parameters<FileStorage["save"]>[0]): Promise<string> {
    try {
      return await storage.save(file);
    } catch (error) {
      if (error instanceof RunnerError) throw error; // the body's own error: too large, or cut off
      logger.error("A file could not be saved: {error}", { error });
      throw new RunnerError("upload_failed", "The file could not be saved.", { cause: error });
    }
  }

  return {
    name: "uploads",
    fileStorage: storage,
    serve: ({ base, guard }) => ({
      routes: createRoutes().post("/files", async (c) => {
        await guard(c); // it belongs to no session, whose id would be the secret
        return c.json(await take(c));
      }),
      sessionRoutes: createRoutes().post("/files", async (c) => {
        const { session } = c.env;
        if (!session) throw new RunnerError("unknown_session", "No such session, or it has ended.");
        const place = ledger.take(session.id);
        try {
          const answer = await take(c, session.id, place);
          await place.saved(answer.source.url);
          return c.json(answer);
        } catch (error) {
          place.dropped();
          throw error;
        }
      }),
      started({ id, transport }) {
        switch (transport) {
          case "webrtc":
          case "daily":
          case "livekit":
            return { fileUploadUrl: `${base}/sessions/${id}/files` };
          case "websocket": // whose clients get no id
            return { fileUploadUrl: `${base}/files` };
          default:
            return {};
        }
      },
    }),
    async session({ id }, run) {
      const end = ledger.began(id);
      try {
        return await run();
      } finally {
        await end();
      }
    },
    close: ledger.close,
  };
}

/** Looks at the first bytes of a file, and passes all of them on, counted. */
async function sniff(
  whole: ReadableStream<Uint8Array<ArrayBuffer>>,
  name: string,
  count: Place["count"] = () => {},
) {
  const reader = whole.getReader();
  const first: Uint8Array<ArrayBuffer>[] = [];
  for (let bytes = 0; bytes < SAMPLE_BYTES;) {
    const { value } = await reader.read();
    if (!value) break;
    first.push(value);
    bytes += value.length;
  }
  const sample = new Uint8Array(await new Blob(first).slice(0, SAMPLE_BYTES).arrayBuffer());
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const value = first.shift() ?? (await reader.read()).value;
      if (!value) return controller.close();
      count(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return { type: mediaType(sample, name), body };
}
