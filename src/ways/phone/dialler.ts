/**
 * What dials: for a program, and for who asks with a request.
 *
 * @module
 */
import type { Handler } from "hono";
import type { Carrier } from "../../core/carrier.ts";
import type { AppEnv } from "../../http/env.ts";
import type { Kit, Way } from "../way.ts";
import { dialCall } from "./dial.ts";
import { answerDial, parseDial } from "./dial_request.ts";
import { phoneSettings } from "./phone_settings.ts";

/** What dials the calls of a runner. */
export interface Dialler {
  /** Dials a call. */
  readonly dial: NonNullable<Way["dial"]>;
  /** Dials what a request asks for. */
  readonly answer: Handler<AppEnv>;
}

/** Makes the diallers of these carriers. */
export function diallerOf(...carriers: readonly Carrier[]): (kit: Kit) => Dialler {
  return (kit) => {
    const { environment, options: { startToken } } = kit;
    const guarded = Boolean(startToken ?? environment.PIPECAT_START_TOKEN);
    const settings = { ...phoneSettings(kit, carriers), guarded };
    return {
      dial: (order, origin) => dialCall(parseDial(order), { origin }, settings),
      answer: (c) => answerDial(c, settings),
    };
  };
}
