/**
 * Evals as a way in: Pipecat's harness comes to `/ws`, where carriers come too, and says by its first
 * message that it is none.
 *
 * @module
 */
import { type Load, whenCalled } from "../../core/load_once.ts";
import type { Kit, Way } from "../way.ts";
import type { lookForHarness } from "./handlers.ts";

/** Makes evals. */
export function evals(kit: Kit, load: Load<typeof lookForHarness>): Way {
  return { stream: whenCalled(async () => (await load())(kit)) };
}
