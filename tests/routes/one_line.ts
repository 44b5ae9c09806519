/**
 * A runner with a single line, and carriers that call it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { createRunner, type Runner, type RunnerOptions } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/mod.ts";
import { createTransport } from "../../src/transports/create.ts";

export const SECRET = "0123456789abcdef0123456789abcdef";
export const CALLERS = { From: "+15550100001", To: "+15550100002" };
/** What each carrier asks with; one that asks nothing is not in it. */
export const FORMS = {
  twilio: (CallSid: string) => ({ CallSid, CallStatus: "ringing", ...CALLERS }),
  telnyx: (CallSid: string) => ({ CallSid, CallStatus: "ringing", ...CALLERS }),
  plivo: (CallUUID: string) => ({ CallUUID, Event: "StartApp", CallStatus: "ringing", ...CALLERS }),
  exotel: (CallSid: string) => ({ CallSid, CallFrom: "09999999999", CallTo: "08888888888" }),
  vonage: (uuid: string) => ({ uuid, conversation_uuid: "CON-1", from: "1555", to: "1556" }),
};
export type Asking = keyof typeof FORMS;
export const ASKING = Object.entries(CARRIERS)
  .flatMap(([name, { webhook }]) => webhook ? [name as Asking] : []);
export const STARTS: Readonly<Record<Asking, (id: string) => object>> = {
  twilio: (callSid) => ({ start: { streamSid: "MZ1", callSid } }),
  telnyx: (call_control_id) => ({ stream_id: "S1", start: { call_control_id } }),
  plivo: (callId) => ({ start: { streamId: "P1", callId } }),
  exotel: (call_sid) => ({ start: { stream_sid: "E1", call_sid } }),
  vonage: (uuid) => ({
    event: "websocket:connected",
    "content-type": "audio/l16;rate=16000",
    uuid,
  }),
};

/** A runner for one call at a time, whose bot stays until the caller leaves. */
export function oneLine(options: RunnerOptions = {}) {
  const platform = memoryPlatform();
  let sessions = 0;
  let waiting: (() => void) | undefined;
  const runner = createRunner(async (args) => {
    sessions++;
    waiting?.();
    await using transport = await createTransport(args);
    await transport.readable.pipeTo(new WritableStream());
  }, { insecureCarriers: true, limits: { maxSessions: 1 }, ...options });
  return {
    runner,
    platform,
    get sessions() {
      return sessions;
    },
    begun: () => new Promise<void>((resolve) => waiting = resolve),
  };
}

export function ring(runner: Runner, carrier: Asking, form: Record<string, string>) {
  const body = new URLSearchParams(form);
  const request = new Request(`https://bot.test/${carrier}`, { method: "POST", body });
  return Promise.resolve(runner.fetch(request));
}

export async function textOf(response: Response | Promise<Response>): Promise<string> {
  return await (await response).text();
}

export function streamIn(text: string): string {
  return /wss:\/\/[^"<]+/.exec(text)?.[0] ?? assert.fail(`no stream in ${text}`);
}
