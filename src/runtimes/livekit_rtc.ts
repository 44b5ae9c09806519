/**
 * Loads LiveKit's media library when the first bot joins a room.
 *
 * The package is named by a variable on purpose: it holds 40 MB of native code, and Deno and bundlers
 * fetch every package whose name stands in an import.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import type { LiveKitRtc } from "../ways/livekit/rtc.ts";

const PACKAGE = "@livekit/rtc-node";
const VERSION = "1.1.0";

/**
 * Loads `@livekit/rtc-node`. Deno fetches it when it does not have it yet; elsewhere, and in a Deno
 * project with a `node_modules` folder of its own, it has to be installed.
 *
 * Once a room was joined, the library keeps the process alive until that exits.
 *
 * @throws {RunnerError} `package_missing` when it is not here, nor to be had; `not_permitted` where Deno
 * does not allow to load it.
 */
export async function loadLiveKitRtc(): Promise<LiveKitRtc> {
  const failures: unknown[] = [];
  for (const specifier of [PACKAGE, `npm:${PACKAGE}@${VERSION}`]) {
    try {
      return await import(specifier); // of which a test checks that it is a LiveKitRtc
    } catch (error) {
      failures.push(error);
    }
  }
  const refused = failures.find((error) => error instanceof Error && error.name === "NotCapable");
  if (refused instanceof Error) {
    const detail = `The npm package ${PACKAGE} cannot be loaded. ${refused.message}`;
    throw new RunnerError("not_permitted", detail, { cause: refused });
  }
  throw new RunnerError(
    "package_missing",
    `The npm package ${PACKAGE}@${VERSION} cannot be loaded. Install it, or be online when it is ` +
      "first needed.",
    { cause: new AggregateError(failures) },
  );
}
