/**
 * Serves Pipecat's eval harness.
 *
 * @module
 */
import type { EvalFlags } from "../../core/bot.ts";
import type { Socket } from "../../core/duplex.ts";
import { RunnerError } from "../../core/error.ts";
import type { Platform } from "../../core/platform.ts";
import { isLocalRequest } from "../../http/local_request.ts";
import { serverMessage } from "../../rtvi/protocol.ts";
import { openable } from "../../transports/open.ts";
import { timeOn } from "../../transports/time.ts";
import type { Kit, LookAtStream } from "../way.ts";
import { readConnect } from "./connect.ts";
import { evalTransport } from "./transport.ts";

/** Close codes: the runner is going away, a policy is violated. */
const GOING_AWAY = 1001;
const POLICY = 1008;

/** A harness that has identified itself. */
interface Arrived {
  readonly id: string;
  readonly websocket: Socket;
  readonly flags: EvalFlags;
  readonly platform: Platform | undefined;
  readonly receivedAt: number | undefined;
}

/** Checks whether a stream is a harness's; if evals are off, tells it so. */
export function lookForHarness(kit: Kit): LookAtStream {
  const { bot, sessions, guard, options } = kit;
  const { evals, publicUrl, wsAuth, runnerBody: body = {} } = options;

  const serve = async ({ id, websocket, flags, platform, receivedAt }: Arrived) => {
    const { done } = sessions.start({
      id,
      transport: "eval",
      body,
      connection: websocket,
      run: (context) => {
        const args = { ...context, transport: "eval", websocket, flags } as const;
        return bot(openable(args, (params) => evalTransport(args, params, timeOn(platform))));
      },
      fail: (error) =>
        websocket.send(JSON.stringify(serverMessage("error", { error, fatal: true }))),
      receivedAt,
    });
    await done;
  };

  return async (c) => {
    const { client, platform, receivedAt, monitor } = c.env;
    const near = publicUrl === undefined && isLocalRequest(c.req.raw, client?.());
    const mayCome = evals !== false && wsAuth !== "token" && (evals === true || near);
    // The harness itself can bring no start token; another one may.
    const allowed = mayCome && await guard(c).then(() => true, () => false);
    return {
      allowed,
      read(message) {
        const flags = readConnect(message);
        if (!flags) return undefined;
        if (!allowed) {
          const reason = evals === false ? OFF : NOT_ALLOWED;
          return (_id, socket) => Promise.resolve(socket.close({ closeCode: POLICY, reason }));
        }
        return async (id, websocket) => {
          try {
            await serve({ id, websocket, flags, platform, receivedAt });
          } catch (error) {
            if (!(error instanceof RunnerError)) throw error;
            monitor?.refused?.(error.code);
            websocket.close({ closeCode: GOING_AWAY, reason: error.message });
          }
        };
      },
    };
  };
}

const OFF = "Evals are off here (--no-eval)";
const NOT_ALLOWED =
  "Only programs on this machine may run evals, and only without a start token; see --eval";
