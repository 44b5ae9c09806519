/**
 * Evals as a way in: Pipecat's harness comes to `/ws`, as carriers do, and its first message says
 * that it is not one.
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
