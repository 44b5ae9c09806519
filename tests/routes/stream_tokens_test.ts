/**
 * Who may open the stream of a call: signatures, and tokens.
 */
import assert from "node:assert/strict";
import type { Platform } from "../../src/core/platform.ts";
import { call } from "../../src/testing/mod.ts";
import { connect, opened, phones, SECRET, START, streamOf, webhook } from "./phones.ts";

Deno.test("what is not signed is refused, where the secret is there", async () => {
  const environment = { TWILIO_AUTH_TOKEN: SECRET, PLIVO_AUTH_TOKEN: SECRET };
  const { runner, calls, begun } = phones({ environment });

  for (const carrier of ["twilio", "plivo"] as const) {
    const refusal = {
      code: "webhook_refused",
      status: 403,
      message: /^The webhook was refused: [^{]+$/,
    };
    await assert.rejects(call(runner, { carrier }), refusal);
    await assert.rejects(call(runner, { carrier, secret: "another" }), { status: 403 });
    await using _caller = await call(runner, { carrier, secret: SECRET });
  }
  await begun(2);
  // No secret of Exotel's, no check.
  await using _caller = await call(runner, { carrier: "exotel" });
  await begun(3);

  assert.deepEqual(calls.map(({ transport }) => transport), ["twilio", "plivo", "exotel"]);
});

Deno.test("a stream with the webhook's token has to be signed as well, and keeps it when refused", async () => {
  const context = phones({ environment: { TWILIO_AUTH_TOKEN: SECRET } });
  let stream = new Request("https://bot.test");
  const stripped = {
    fetch(request: Request, platform?: Platform) {
      if (!request.headers.has("upgrade")) return context.runner.fetch(request, platform);
      stream = request;
      const headers = new Headers(request.headers);
      headers.delete("x-twilio-signature");
      return context.runner.fetch(new Request(request, { headers }), platform);
    },
  };
  const unsigned = call(stripped, { carrier: "twilio", secret: SECRET });
  await assert.rejects(unsigned, { code: "stream_refused", status: 403 });
  const signature = { "x-twilio-signature": stream.headers.get("x-twilio-signature") ?? "" };
  const signed = opened(await connect(context, stream.url, signature));
  const again = await connect(context, stream.url, signature);
  signed.close();
  await context.platform.settled();

  assert.equal(again, 403);
});

Deno.test("a bare stream is refused before the upgrade when its signature is wrong, after its start when there is none", async () => {
  const context = phones({ environment: { TWILIO_AUTH_TOKEN: SECRET } });

  const forged = await connect(context, "wss://bot.test/ws", { "x-twilio-signature": "AAAA" });
  const bare = opened(await connect(context, "wss://bot.test/ws"));
  bare.send(JSON.stringify(START));
  const closed = await bare.closed;
  const genuine = await call(context.runner, {
    carrier: "twilio",
    secret: SECRET,
    streamUrl: "wss://bot.test/ws",
  });
  await context.begun(1);
  await genuine.hangUp();
  await context.platform.settled();

  assert.equal(forged, 403);
  assert.equal(closed.closeCode, 1008);
  assert.equal(context.calls.length, 1);
});

Deno.test("a runner for one signed carrier refuses all else before the upgrade", async () => {
  const context = phones({ transport: "plivo", environment: { PLIVO_AUTH_TOKEN: SECRET } });

  assert.equal(await connect(context, "wss://bot.test/ws"), 403);
});

Deno.test("a token opens one stream, for its own call", async () => {
  const context = phones();
  const url = await streamOf(webhook(context.runner, { CallSid: "CA1" }));
  const another = await streamOf(webhook(context.runner, { CallSid: "CA2" }));

  const first = opened(await connect(context, url));
  const second = await connect(context, url);
  const wrong = opened(await connect(context, another));
  first.send(JSON.stringify(START));
  wrong.send(JSON.stringify(START));
  const closed = await wrong.closed;
  await context.begun(1);
  first.close();
  await context.platform.settled();

  assert.equal(second, 403);
  assert.equal(closed.closeCode, 1008);
  assert.equal(context.calls.length, 1);
});

Deno.test("Exotel may come back once with the same token", async () => {
  const context = phones();
  const path = "/exotel?CallSid=X1&CallFrom=%2B1&CallTo=%2B2";
  const url = await streamOf(context.runner.fetch(new Request(`https://bot.test${path}`)));
  const start = JSON.stringify({ event: "start", start: { stream_sid: "E1", call_sid: "X1" } });

  const first = opened(await connect(context, url));
  first.send(start);
  await context.begun(1);
  const second = opened(await connect(context, url));
  second.send(start);
  await context.begun(2);
  const third = await connect(context, url);
  second.close();
  await context.platform.settled();

  assert.equal(third, 403);
  assert.equal(context.calls[0]?.sessionId, context.calls[1]?.sessionId);
  assert.equal(context.calls[0]?.signal.aborted, true);
});

Deno.test("with wsAuth token, a stream brings the token of /start in any of three ways", async () => {
  const context = phones({ wsAuth: "token" });
  const start = async () => {
    const body = JSON.stringify({ transport: "twilio", body: { user: 1 } });
    const request = new Request("https://bot.test/start", { method: "POST", body });
    const response = await context.runner.fetch(request);
    return { ...await response.json(), id: response.headers.get("x-session-id") };
  };
  const answers = [await start(), await start(), await start()];
  const [header, query, path] = answers.map(({ token }) => token);
  const sockets = [
    await connect(context, "wss://bot.test/ws", { authorization: `Bearer ${header}` }),
    await connect(context, `wss://bot.test/ws?token=${query}`),
    await connect(context, `wss://bot.test/ws/${path}`),
  ].map(opened);
  for (const socket of sockets) socket.send(JSON.stringify(START));
  await context.begun(3);
  const without = await connect(context, "wss://bot.test/ws");
  for (const socket of sockets) socket.close();
  await context.platform.settled();

  assert.equal(without, 403);
  assert.deepEqual(Object.keys(answers[0]), ["wsUrl", "token", "id"]);
  assert.equal(answers[0].wsUrl, "wss://bot.test/ws");
  assert.deepEqual(
    context.calls.map(({ sessionId }) => sessionId).sort(),
    answers.map(({ id }) => id).sort(),
  );
  assert.deepEqual(context.calls[0]?.body, { user: 1 });
});

Deno.test("with wsAuth token, our own webhooks work as ever", async () => {
  const { runner, begun } = phones({ wsAuth: "token" });
  await using _caller = await call(runner, { carrier: "plivo" });

  await begun(1);
});

Deno.test("without tokens, the address of /start leads to the session it has named", async () => {
  const context = phones();
  const body = JSON.stringify({ transport: "plivo" });
  const request = new Request("https://bot.test/start", { method: "POST", body });
  const response = await context.runner.fetch(request);
  const { wsUrl, ...rest } = await response.json();
  const socket = opened(await connect(context, wsUrl));
  const start = { streamId: "P1", callId: "C1" };
  socket.send(JSON.stringify({ event: "start", start, extra_headers: "a=1" }));
  await context.begun(1);
  socket.close();
  await context.platform.settled();

  assert.deepEqual(rest, {});
  assert.equal(context.calls[0]?.sessionId, response.headers.get("x-session-id"));
  assert.deepEqual(context.calls[0]?.body, { a: "1" });
});

Deno.test("the prebuilt page's mock call works on the bare address", async () => {
  const context = phones();
  const socket = opened(await connect(context, "wss://bot.test/ws"));
  socket.send(`{"event":"connected","protocol":"Call","version":"1.0.0"}`);
  socket.send(`{"event":"start","start":{"streamSid":"mock","callSid":"mock"}}`);
  await context.begun(1);
  socket.close();
  await context.platform.settled();

  assert.equal(context.calls[0]?.transport, "twilio");
  assert.deepEqual(context.calls[0]?.body, {});
});

Deno.test("a token of a session, of another transport, or none at all opens nothing", async () => {
  const context = phones();
  const request = new Request("https://bot.test/start", {
    method: "POST",
    body: JSON.stringify({ transport: "websocket" }),
  });
  const started = await context.runner.fetch(request);
  const id = started.headers.get("x-session-id");
  await started.body?.cancel();

  assert.equal(await connect(context, `wss://bot.test/ws/${id}`), 403);
  const plain = await context.runner.fetch(new Request("https://bot.test/ws"), context.platform);
  assert.equal(plain.status, 426);
  await plain.body?.cancel();
});

Deno.test("a page of another origin cannot open a stream", async () => {
  const context = phones({ allowedOrigins: ["https://app.test"] });

  const evil = await connect(context, "wss://bot.test/ws", { origin: "https://evil.test" });
  const own = opened(await connect(context, "wss://bot.test/ws", { origin: "https://app.test" }));
  own.close();
  await context.platform.settled();

  assert.equal(evil, 403);
});
