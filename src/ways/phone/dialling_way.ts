/**
 * Calls that the runner dials itself. The callee comes in through the phone way.
 *
 * @module
 */
import type { TelephonyTransportName } from "../../core/bot.ts";
import { type Load, loadOnce, whenCalled } from "../../core/load_once.ts";
import { wrongMethod } from "../../http/border.ts";
import { createRoutes } from "../../http/hono.ts";
import { type Kit, serves, type Way } from "../way.ts";
import type { Dialler } from "./dialler.ts";

/**
 * Makes what dials through these carriers.
 *
 * @param load Loads what makes a dialler for them.
 */
export function dialling(
  kit: Kit,
  carriers: readonly TelephonyTransportName[],
  load: Load<(kit: Kit) => Dialler>,
): Way | undefined {
  if (!carriers.some((name) => serves(kit, name))) return undefined;

  const dialler = loadOnce(async () => (await load())(kit));
  return {
    routes: createRoutes()
      .post("/dial", whenCalled(async () => (await dialler()).answer))
      .all("/dial", wrongMethod("POST")),
    dial: whenCalled(async () => (await dialler()).dial),
  };
}
