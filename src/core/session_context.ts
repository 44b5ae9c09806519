/**
 * What ties a log line to its session.
 *
 * @module
 */
import { getConfig, withContext } from "@logtape/logtape";

/**
 * Does work of a session: every line that is logged from it names the session in `sessionId`, the
 * bot's own lines too. It needs a LogTape that was configured with `contextLocalStorage`, and does
 * nothing with another.
 */
export function inSession<T>(sessionId: string, work: () => T): T {
  // Without a storage LogTape would complain, and without LogTape too.
  return getConfig()?.contextLocalStorage ? withContext({ sessionId }, work) : work();
}
