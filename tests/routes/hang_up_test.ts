import assert from "node:assert/strict";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { call, telnyxKeys } from "../../src/testing/mod.ts";
import { telnyxEvent } from "../support/telnyx_event.ts";
import { socketFrom } from "../../src/core/socket.ts";
import { createTransport } from "../../src/transports/create.ts";
import type { Bot } from "../../src/core/bot.ts";

/** A carrier's API on this machine, which notes what it is asked. */
function api(status = 200) {
  const requests: string[] = [];
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { method, url } = request;
    requests.push(`${method} ${new URL(url).pathname} ${await request.text()}`.trim());
    resolve();
    return Response.json({}, { status });
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return {
    requests,
    asked,
    environment: {
      TWILIO_ACCOUNT_SID: "AC1",
      TWILIO_AUTH_TOKEN: "secret",
      TWILIO_BASE_URL: origin,
      TELNYX_API_KEY: "key",
      TELNYX_BASE_URL: `${origin}/v2`,
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const runnerFor = (bot: Bot, { environment = {}, ...others }: RunnerOptions = {}) => {
  const options = others.onCall ? { onCall: others.onCall } : {};
  return createRunner(bot, { publicUrl: "https://bot.test", environment, ...options });
};
const TWILIO = { carrier: "twilio", secret: "secret" } as const;

Deno.test("the call is hung up when the bot returns, even one that never made a transport", async () => {
  await using carrier = api();
  const runner = runnerFor(() => {}, carrier);
  const caller = await call(runner, TWILIO);
  const end = await caller.ended;
  await runner.close();

  assert.equal(end.by, "server");
  assert.deepEqual(carrier.requests, [
    `POST /2010-04-01/Accounts/AC1/Calls/${caller.callId}.json Status=completed`,
  ]);
});

Deno.test("the caller hears the bot out before the call is hung up", async () => {
  await using carrier = api();
  const runner = runnerFor(async (args) => {
    const transport = await createTransport(args);
    const writer = transport.writable.getWriter();
    const samples = new Int16Array(2400).fill(1000);
    await writer.write({ type: "audio", samples, sampleRate: 8000, channels: 1 });
  }, carrier);
  const caller = await call(runner, TWILIO);
  const { unheardMs } = await caller.ended;
  let heard = 0;
  for await (const { samples } of caller.heard) heard += samples.length;
  await runner.close();

  assert.equal(unheardMs, 0);
  assert.equal(heard, 2400);
  assert.equal(carrier.requests.length, 1);
  assert.deepEqual(caller.violations, []);
});

Deno.test("a call that the caller ended is not hung up", async () => {
  await using carrier = api();
  const runner = runnerFor(async (args) => {
    await using transport = await createTransport(args);
    await transport.readable.pipeTo(transport.writable);
  }, carrier);
  const caller = await call(runner, TWILIO);
  await caller.say(new Int16Array(1600));
  await caller.hangUp();
  await runner.close();

  assert.deepEqual(carrier.requests, []);
});

Deno.test("the prebuilt page's mock call is never hung up", async () => {
  await using carrier = api();
  const { TWILIO_AUTH_TOKEN: _, ...environment } = carrier.environment;
  const runner = runnerFor(() => {}, {
    insecureCarriers: true,
    environment: { ...environment, TWILIO_API_KEY: "SK1", TWILIO_API_SECRET: "s" },
  });
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) =>
      runner.fetch(request, {
        upgrade(request) {
          const { socket, response } = Deno.upgradeWebSocket(request);
          return { socket: socketFrom(socket), response };
        },
        waitUntil() {},
      }),
  );
  const page = new WebSocket(`ws://127.0.0.1:${server.addr.port}/ws`);
  const closed = new Promise((resolve) => page.onclose = resolve);
  page.onopen = () => {
    page.send(`{"event":"connected","protocol":"Call","version":"1.0.0"}`);
    page.send(`{"event":"start","start":{"streamSid":"mock","callSid":"mock"}}`);
  };
  await closed;
  await runner.close();
  await server.shutdown();

  assert.deepEqual(carrier.requests, []);
});

Deno.test("an API that fails does not fail the session", async () => {
  await using carrier = api(500);
  const runner = runnerFor(() => {}, carrier);
  const caller = await call(runner, TWILIO);

  await caller.ended;
  await runner.close();
  assert.ok(carrier.requests.length > 0);
});

Deno.test("a Telnyx call that waits for a command is answered over REST, or rejected", async () => {
  await using carrier = api();
  const { secret, publicKey } = await telnyxKeys();
  const runner = runnerFor(() => {}, {
    environment: { ...carrier.environment, TELNYX_PUBLIC_KEY: publicKey },
    onCall: ({ from }) => from === "+13" ? { reject: "" } : undefined,
  });
  const ring = async (from: string, callId: string) =>
    await runner.fetch(await telnyxEvent({ call_control_id: callId, from }, { secret }));

  const answered = await ring("+1", "v3:a");
  await carrier.asked;
  const rejected = await ring("+13", "v3:b");
  while (carrier.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));

  assert.deepEqual([answered.status, rejected.status], [200, 200]);
  assert.match(
    carrier.requests[0] ?? "",
    /^POST \/v2\/calls\/v3:a\/actions\/answer .*"stream_url":"wss:\/\/bot\.test\/ws\/[0-9a-f]{48}"/,
  );
  assert.match(carrier.requests[1] ?? "", /^POST \/v2\/calls\/v3:b\/actions\/reject /);
});
