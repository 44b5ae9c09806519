/**
 * A small part of the fuzzing, in memory: `deno task fuzz` sends far more, over TCP.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Hono } from "hono";
import type { RunnerArguments } from "../src/core/bot.ts";
import { RunnerError } from "../src/core/error.ts";
import type { AppEnv } from "../src/http/env.ts";
import { createRunner, type Runner } from "../src/runner.ts";
import { memoryPlatform } from "../src/testing/mod.ts";
import { createTransport } from "../src/transports/create.ts";
import { type HttpInput, httpInput } from "./hostile/requests.ts";
import { type StreamInput, streamInput } from "./hostile/streams.ts";
import { toBytes } from "./hostile/values.ts";
import { fakePeers } from "./support/fake_peers.ts";
import { send, testFleet } from "./support/fleet.ts";

const SEED = 6;
/** Answers above 499 that are meant: Telnyx's commands without TELNYX_API_KEY. */
const MEANT = ["no_credentials"];

const ENVIRONMENTS = {
  "some secrets": {
    TWILIO_AUTH_TOKEN: "twilio-secret",
    EXOTEL_STREAM_USERNAME: "user",
    EXOTEL_STREAM_PASSWORD: "password",
    WHATSAPP_APP_SECRET: "app-secret",
    WHATSAPP_PHONE_NUMBER_ID: "1",
    WHATSAPP_TOKEN: "token",
    WHATSAPP_WEBHOOK_VERIFICATION_TOKEN: "v",
  },
  "no secrets": {},
};

async function echo(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

function fuzzedRunner(environment: Readonly<Record<string, string>>): Runner {
  const app = new Hono<AppEnv>().all("/echo", async (c) => c.text(await c.req.text()));
  const whatsapp = "WHATSAPP_TOKEN" in environment;
  return createRunner(echo, { app, environment, whatsapp, webrtc: fakePeers() });
}

for (const [name, environment] of Object.entries(ENVIRONMENTS)) {
  Deno.test(`no request is a fault of the runner's, with ${name}`, async () => {
    const runner = fuzzedRunner(environment);
    const platform = memoryPlatform();
    for (const input of fc.sample(httpInput, { numRuns: 600, seed: SEED })) {
      const request = toRequest(input);
      if (!request) continue;
      const response = await runner.fetch(request, platform);
      const text = await response.text();
      if (response.status < 500) continue;
      assert.ok(MEANT.some((code) => text.includes(code)), `${text} for ${JSON.stringify(input)}`);
    }
    assert.ok(!("polluted" in {}), "a prototype is polluted");
    await runner.close();
    await platform.settled();
  });

  Deno.test(`no WebSocket leaves a session behind, with ${name}`, async () => {
    const runner = fuzzedRunner(environment);
    const platform = memoryPlatform();
    for (const input of fc.sample(streamInput, { numRuns: 150, seed: SEED })) {
      try {
        await visit(runner, platform, input);
      } catch (error) {
        const refused = error instanceof RunnerError && error.status < 500;
        assert.ok(refused, `${error} for ${JSON.stringify(input)}`);
      }
    }
    await platform.settled();
    assert.equal(runner.sessions.size, 0);
    await runner.close();
  });
}

Deno.test("no request that another process has to answer is a fault", async () => {
  const app = new Hono<AppEnv>().all("/echo", async (c) => c.text(await c.req.text()));
  await using setup = await testFleet(2, { app, environment: {} });
  const [one, two] = setup.processes;
  const offer = { sdp: "v=0 offer", type: "offer" };
  const { answer: { sessionId } } = await send(one!.runner, "POST", "/start");
  const { answer } = await send(one!.runner, "POST", `/sessions/${sessionId}/api/offer`, offer);
  const filled = (text: string) =>
    text.replaceAll("{webrtc}", sessionId).replaceAll("{peer}", answer.pc_id);

  for (const input of fc.sample(httpInput, { numRuns: 500, seed: SEED })) {
    const { target, body } = input;
    const request = toRequest({ ...input, target: filled(target), body: filled(body) });
    if (!request) continue;
    const response = await two!.runner.fetch(request, two!.platform);
    const text = await response.text();
    const meant = response.status < 500 || MEANT.some((code) => text.includes(code));
    assert.ok(meant, `${text} for ${JSON.stringify(input)}`);
  }
});

/** The request of an input; undefined for one that only a raw connection can send. */
function toRequest({ method, target, headers, body, pad }: HttpInput): Request | undefined {
  const url = `http://bot.test${target}`;
  const content = /^(get|head)$/i.test(method) ? null : toBytes(body + " ".repeat(pad));
  const sent = headers.filter(([name]) => name !== "content-length");
  try {
    return new Request(url, { method, headers: sent.map(([...pair]) => pair), body: content });
  } catch {
    return undefined;
  }
}

/** Sends what a stream sends, as far as a WebSocket's own rules allow it, and leaves. */
async function visit(
  runner: Runner,
  platform: ReturnType<typeof memoryPlatform>,
  { target, frames }: StreamInput,
): Promise<void> {
  const socket = await platform.connect(runner, `ws://bot.test${target}`);
  for (const { opcode, payload } of frames) {
    if (opcode === 1) socket.send(new TextDecoder().decode(toBytes(payload)));
    if (opcode === 2) socket.send(toBytes(payload));
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
  socket.close();
  await socket.closed;
}
