/**
 * Serves bots as the command line says, until the process is asked to stop.
 *
 * @module
 */
import type { Hono } from "hono";
import type { FileFolder } from "../core/platform.ts";
import { RunnerError } from "../core/error.ts";
import type { Feature } from "../features/feature.ts";
import type { AppEnv } from "../http/env.ts";
import { createRoutes } from "../http/hono.ts";
import { startTokenCheck } from "../http/start_token.ts";
import { serve } from "../runtimes/deno_server.ts";
import type { RunnerServer } from "../runtimes/server.ts";
import { SERVE_OPTIONS } from "../runtimes/serve_options.ts";
import { outliveBotErrors } from "../runtimes/uncaught.ts";
import { watchEvents } from "../runtimes/uncaught_events.ts";
import { type NamedBot, namedBots } from "../sessions/bots.ts";
import type { CommandLine } from "./command_line.ts";
import type { JoinedBots } from "./join_bots.ts";
import { configureLog } from "./log.ts";
import { DEFAULTS } from "./options.ts";
import { ownPlace, type Place } from "./place.ts";
import { redactFor } from "./redact.ts";
import { createSessionLogs } from "./session_logs.ts";
import { styleOf } from "./style.ts";

/** How long what a bot left running may keep the process alive after the end, in ms. */
const LINGER_MS = 500;

/** What is served besides the bots. */
export interface ServedParts {
  /** The user's own routes. */
  readonly app: Hono<AppEnv>;
  readonly use: readonly Feature[];
}

/**
 * Serves bots, and resolves when they were stopped.
 *
 * @throws {RunnerError} Whatever keeps them from being served.
 */
export async function serveBots(
  loaded: JoinedBots,
  command: CommandLine,
  parts: ServedParts,
): Promise<void> {
  const { folder } = command;
  const files = folder === undefined ? {} : { files: await filesOf(folder) };
  const { runnerBodyFile } = command;
  const runnerBody = runnerBodyFile === undefined
    ? undefined
    : await (await import("./body_file.ts")).readBodyFile(runnerBodyFile);
  const { startToken = "", turnUrls } = command;
  const redact = redactFor(command);
  const sessionLogs = createSessionLogs({
    redact,
    ...(startToken === "" ? {} : { isToken: startTokenCheck(startToken) }),
  });
  configureLog({
    format: command.log,
    redact,
    onRecord: sessionLogs.record,
    exported: ["true", "1"].includes(Deno.env.get("OTEL_DENO") ?? ""),
    verbose: command.verbose,
    terminal: Deno.stderr.isTerminal(),
    style: styleOf("stderr"),
  });
  if (command.direct) {
    outliveBotErrors(watchEvents);
    const { runDirect } = await import("./direct.ts");
    const [{ bot }] = namedBots(loaded.bot, []) as [NamedBot]; // of several, none may be direct
    return await runDirect(bot, command.cliArgs);
  }
  const routes = createRoutes();
  // A bot file may export the very app that it has imported from here.
  for (const each of new Set([parts.app, ...loaded.apps])) routes.route("/", each);

  const place = Deno.env.has("PIPECAT_PROCESS")
    ? await (await import("./child_place.ts")).childPlace(command)
    : await ownPlace(command, loaded.options.fleet);
  try {
    sessionLogs.watchConsole();
    if (place.logs) sessionLogs.join(place.logs);
    const use = [...place.use, sessionLogs.feature, ...parts.use, ...loaded.options.use ?? []];
    if (command.record !== undefined) {
      const { recording } = await import("../runtimes/recording.ts");
      await (await import("./kept_folder.ts")).makeFolder(command.record, "--record");
      use.push(recording(command.record, { numbers: command.recordNumbers ?? false }));
    }
    if (command.uploadsFolder !== undefined) {
      const { uploadFolder, uploads } = await import("../runtimes/uploads.ts");
      const maxFiles = command.uploadsFolderMaxFiles ?? 10;
      const { makeFolder } = await import("./kept_folder.ts");
      await makeFolder(command.uploadsFolder, "--uploads-folder");
      use.push(uploads(uploadFolder(command.uploadsFolder, { maxFiles: maxFiles || false })));
    }
    const cloud = command.pipecatCloud ? await import("../runtimes/pipecat_cloud.ts") : undefined;
    const server = await serve(loaded.bot, {
      ...cloud?.pipecatCloud(Deno.env.toObject()),
      ...loaded.options,
      ...givenOf(command),
      ...place.options,
      ...(turnUrls ? await (await import("./turn_servers.ts")).turnServers(turnUrls, command) : {}),
      use,
      limits: place.limits({ ...loaded.options.limits, ...command.limits }),
      app: routes,
      environment: Deno.env.toObject(),
      ...files,
      ...(runnerBody === undefined ? {} : { runnerBody }),
    });
    try {
      const drainMs = cloud && command.drainMs === DEFAULTS.drainMs
        ? cloud.shutdownMs(Deno.env.toObject())
        : command.drainMs;
      await untilStopped(server, { loaded, command: { ...command, drainMs }, place });
    } finally {
      await server.close();
    }
  } finally {
    place.stop[Symbol.dispose]();
    await place.close();
  }
}

/** How long a server is to run. */
interface Serving {
  readonly loaded: JoinedBots;
  readonly command: CommandLine;
  readonly place: Place;
}

/** Prints where the bot is, and waits until the process is asked to stop and may end. */
async function untilStopped(server: RunnerServer, serving: Serving): Promise<void> {
  const { loaded, command, place } = serving;
  outliveBotErrors(watchEvents); // past the server's end, while its bots stop
  await place.begins(server, loaded.name);

  void loaded.prepare(); // it never rejects
  const wish = await place.stop.asked;
  await place.ends(wish, server.runner.sessions.load);
  if (wish === "drained") await server.drain({ deadlineMs: command.drainMs });
  else await server.close();
  Deno.unrefTimer(setTimeout(() => Deno.exit(), LINGER_MS));
}

async function filesOf(folder: string): Promise<FileFolder> {
  const { lookAt } = await import("./load_bot.ts");
  if (!(await lookAt(folder))?.isDirectory) {
    throw new RunnerError("no_folder", `There is no folder ${folder} to serve with -f.`);
  }
  const { fileFolder } = await import("../runtimes/files.ts");
  return fileFolder(folder);
}

/** The settings that somebody has set, by a flag or the environment: others may come from a bot file. */
function givenOf(command: CommandLine): Partial<CommandLine> {
  const defaults: Readonly<Record<string, unknown>> = { ...DEFAULTS };
  const given = Object.entries(command).filter(([name, value]) =>
    name in SERVE_OPTIONS && value !== defaults[name]
  );
  return Object.fromEntries(given);
}
