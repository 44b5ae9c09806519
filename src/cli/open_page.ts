/**
 * `--open`: the page in the user's browser.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";

const logger = getLogger(["pipecat", "runner", "cli"]);

/** What opens an address, by the name of the operating system. */
const OPENERS: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  darwin: ["open"],
  windows: ["explorer"],
};

/**
 * Opens an address in the browser. If there is no display, or nothing to open it with, the log says
 * so in one line.
 */
export function openPage(url: string): void {
  const opener = OPENERS[Deno.build.os];
  if (!opener && !hasDisplay()) {
    return logger.warn("No browser was opened: there is no display here");
  }
  const [program, ...args] = opener ?? ["xdg-open"];
  try {
    const child = new Deno.Command(program as string, { // no list of words is empty
      args: [...args, url],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref(); // some openers live as long as the browser that they start
    void child.status.then(({ code }) => {
      // Windows' opener exits with 1 whatever happens.
      if (code !== 0 && Deno.build.os !== "windows") {
        logger.warn("No browser was opened: {program} failed with {code}", { program, code });
      }
    });
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? `there is no ${program}`
      : "Deno may not start one without --allow-run";
    logger.warn("No browser was opened: {reason}", { reason });
  }
}

/** Whether there is a screen, as X11, Wayland and Windows below Linux (WSL) say it. */
function hasDisplay(): boolean {
  return ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].some((name) => Deno.env.get(name));
}
