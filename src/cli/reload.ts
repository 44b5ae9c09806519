/**
 * `--watch`: a bot file that has changed serves the next session, and the ones that go on keep the
 * code they began with.
 *
 * @module
 */
import type { Hono } from "hono";
import { registerHooks } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bot } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import { getLogger } from "../core/log.ts";
import type { Feature } from "../features/feature.ts";
import type { AppEnv } from "../http/env.ts";
import { noSharing } from "../http/files.ts";
import { createRoutes } from "../http/hono.ts";
import { isLocalRequest } from "../http/local_request.ts";
import { loadBot, type LoadedBot } from "./load_bot.ts";

const logger = getLogger(["pipecat", "runner", "watch"]);

/** Editors write a file in several steps, in ms. */
const SETTLE_MS = 80;
/** Says on `GET /status` that `GET /watch` reports changes. */
const HEADER = "x-pipecat-watch";
/** The runner's own code never changes in a process. */
const OWN = [new URL("../", import.meta.url).href, new URL("../../mod.ts", import.meta.url).href];

/** What the page is told about a change. */
interface Change {
  /** Counts the changes. */
  readonly version: number;
  /** Why the new code cannot be used; the last that could is used on. */
  readonly problem?: string;
}

/** Bot files that are watched. */
export interface Reloads extends Disposable {
  /** Tells the page of this machine of changes. */
  readonly feature: Feature;
  /**
   * Loads a bot file, now and whenever it or what it imports changes.
   *
   * @throws {RunnerError} What {@link loadBot} throws, the first time.
   */
  load(file: string): Promise<LoadedBot>;
}

/** Starts watching. A bot file's other exports are read once. */
export function createReloads(): Reloads {
  let version = 0;
  let change: Change = { version };
  const files = new Set<string>();
  const folders = new Set<string>();
  const bots: { readonly file: string; bot: Bot }[] = [];
  const readers = new Set<Reader>();
  let watcher: Deno.FsWatcher | undefined;
  let settling: ReturnType<typeof setTimeout> | undefined;

  // A module is loaded again under another address only: each load gives all of the bot's a new one.
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const url = new URL(found.url);
      if (url.protocol !== "file:" || url.pathname.includes("/node_modules/")) return found;
      if (OWN.some((own) => found.url.startsWith(own))) return found;
      files.add(fileURLToPath(url));
      if (version > 0) url.searchParams.set("watch", String(version));
      return { ...found, url: url.href };
    },
  });

  const reload = async () => {
    version++;
    try {
      for (const watched of bots) {
        watched.bot = (await loadBot(watched.file, `?watch=${version}`)).bot;
      }
      change = { version };
      logger.info("The bot has changed: new sessions run the new code");
    } catch (error) {
      const problem = error instanceof RunnerError ? error.message : String(error);
      change = { version, problem };
      logger.error("The changed bot cannot be loaded; new sessions run the last one. {problem}", {
        problem,
      });
    }
    for (const reader of readers) tell(reader, change);
    watch();
  };

  /** Watches the folders of all files, since an editor may put a new file in the place of the old. */
  const watch = () => {
    const known = folders.size;
    for (const file of files) folders.add(dirname(file));
    if (watcher && folders.size === known) return;
    watcher?.close();
    watcher = Deno.watchFs([...folders], { recursive: false });
    void follow(watcher);
  };
  const follow = async (events: Deno.FsWatcher) => {
    for await (const { kind, paths } of events) {
      if (kind === "access" || !paths.some((path) => files.has(path))) continue;
      clearTimeout(settling);
      settling = setTimeout(() => void reload(), SETTLE_MS);
    }
  };

  return {
    feature: {
      name: "watch",
      routes: changeRoutes(readers, () => change),
      request: announce,
      close() {
        for (const reader of readers) reader.close();
        readers.clear();
      },
    },
    async load(file) {
      const loaded = await loadBot(file);
      const watched = { file, bot: loaded.bot };
      bots.push(watched);
      files.add(resolve(file));
      watch();
      return { ...loaded, bot: (args) => watched.bot(args) };
    },
    [Symbol.dispose]() {
      clearTimeout(settling);
      watcher?.close();
    },
  };
}

const announce: Required<Feature>["request"] = async (request, answer) => {
  const response = await answer();
  if (new URL(request.url).pathname.endsWith("/status")) response.headers.set(HEADER, "1");
  return response;
};

/** A page that follows the changes. */
type Reader = ReadableStreamDefaultController<string>;

function tell(reader: Reader, change: Change): void {
  reader.enqueue(`data: ${JSON.stringify(change)}\n\n`);
}

/** `GET /watch`: changes as they come, as Server-Sent Events. */
function changeRoutes(readers: Set<Reader>, now: () => Change): Hono<AppEnv> {
  return createRoutes().use("/watch", noSharing).get("/watch", (c) => {
    if (!isLocalRequest(c.req.raw, c.env.client?.())) {
      throw new RunnerError("not_found", "Only this machine is told of changes.");
    }
    let own: Reader;
    const events = new ReadableStream<string>({
      start(controller) {
        readers.add(own = controller);
        tell(own, now());
      },
      cancel: () => void readers.delete(own),
    });
    return c.body(events.pipeThrough(new TextEncoderStream()), 200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    });
  });
}
