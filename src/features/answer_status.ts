/**
 * The status of an answer, as the client got it.
 *
 * @module
 */
import { asksForWebSocket } from "../core/upgrade.ts";

/** Node and Bun answer an upgrade themselves, and no `Response` there can have its status. */
export function answerStatus(request: Request, { status }: Response): number {
  return status === 200 && asksForWebSocket(request) ? 101 : status;
}
