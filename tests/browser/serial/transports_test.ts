import assert from "node:assert/strict";
import { CARRIER_NAMES, type TelephonyTransportName } from "../../../src/core/transport_names.ts";
import { createTransport } from "../../../src/transports/create.ts";
import { clientPage, SEED } from "../client_page.ts";
import { untilIdle } from "../idle.ts";
import { assertMelody, listenFor } from "../known_audio.ts";
import { listeningBot } from "../listening_bot.ts";

/** How many samples of each carrier a second holds, in Hz. */
const PHONE_RATES: Readonly<Record<TelephonyTransportName, number>> = {
  twilio: 8000,
  telnyx: 8000,
  plivo: 8000,
  exotel: 8000,
  vonage: 16_000,
  asterisk: 16_000,
};

Deno.test("the page talks over a WebSocket: sound and text, both ways", async () => {
  const { bot, calls, record } = listeningBot();
  await using client = await clientPage(bot, { sockets: true });
  const { page } = client;

  await page.getByRole("radio", { name: "WebSocket" }).check();
  await client.connect();
  const [heard, played] = await Promise.all([
    listenFor(SEED, record),
    listenFor(SEED, client.record),
  ]);
  assertMelody(heard, "heard");
  assertMelody(played, "played");
  await page.getByLabel("Text for the bot").fill("good morning");
  await page.keyboard.press("Enter");
  await client.reads("You wrote: good morning");
  assert.equal(await page.locator(".session dd").textContent(), calls[0]?.sessionId);

  await page.getByRole("button", { name: "Disconnect" }).click();
  await client.says("You ended the call.");
  await untilIdle(client.server.runner, 4000);
  assert.equal(calls[0]?.transport, "websocket");
  assert.deepEqual(client.requests.filter((url) => /daily/.test(url)), []);
  assert.deepEqual(client.errors, []);
});

for (const carrier of CARRIER_NAMES) {
  Deno.test(`the page phones as ${carrier} does: sound both ways, and keys`, async () => {
    const { bot, calls, record } = listeningBot();
    await using client = await clientPage(bot, {
      sockets: true,
      hash: `#transport=phone&carrier=${carrier}&from=%2B15550107777`,
    });
    const { page } = client;

    await page.getByRole("button", { name: "Call", exact: true }).click();
    await client.says("You are on the phone. Say something.");
    const [heard, played] = await Promise.all([
      listenFor(SEED, async (milliseconds) => {
        const recording = await record(milliseconds);
        assert.equal(recording.sampleRate, PHONE_RATES[carrier]);
        return recording;
      }),
      listenFor(SEED, client.record),
    ]);
    await page.getByRole("button", { name: "5", exact: true }).click();
    await page.locator(".messages .type", { hasText: /:(websocket:dtmf|DTMF_END|dtmf)$/ })
      .waitFor();
    await page.getByRole("button", { name: "Hang up" }).click();
    await client.says("You ended the call.");
    await untilIdle(client.server.runner, 4000);

    assertMelody(heard, "heard");
    assertMelody(played, "played");
    const [args] = calls;
    assert.equal(args?.transport, carrier);
    assert.ok(args && "callData" in args);
    if (carrier !== "plivo") assert.match(args.callData.from ?? "", /^\+?15550107777$/);
    assert.equal(await page.locator(".line.error").count(), 0, "the carrier takes all of it");
    assert.deepEqual([...client.origins], [client.server.url]);
    assert.deepEqual(client.requests.filter((url) => /daily/.test(url)), []);
    assert.deepEqual(client.errors, []);
  });
}

Deno.test("keys reach the bot, a mark comes back when it was heard, and a clear drops the rest", async () => {
  const keys: string[] = [];
  const drained = Promise.withResolvers<number>();
  const interrupted = Promise.withResolvers<void>();
  await using client = await clientPage(async (args) => {
    await using transport = await createTransport(args);
    const writer = transport.writable.getWriter();
    const sound = (seconds: number) => ({
      type: "audio" as const,
      samples: Int16Array.from({ length: 8000 * seconds }, (_, i) => 8000 * Math.sin(i / 3)),
      sampleRate: 8000,
      channels: 1 as const,
    });
    const began = performance.now();
    await writer.write(sound(1));
    void transport.drained().then(() => drained.resolve(performance.now() - began));
    for await (const frame of transport.readable) {
      if (frame.type !== "dtmf") continue;
      keys.push(frame.digit);
      void writer.write(sound(20)).catch(() => {});
      if (keys.length < 2) continue;
      transport.interrupt();
      interrupted.resolve();
    }
  }, { sockets: true, hash: "#transport=phone&carrier=twilio" });
  const { page } = client;

  await page.getByRole("button", { name: "Call", exact: true }).click();
  await client.says("You are on the phone. Say something.");
  const heardAfter = await drained.promise;
  await page.getByRole("button", { name: "5", exact: true }).click();
  await page.getByRole("button", { name: "Pound" }).click();
  await interrupted.promise;
  await page.locator(".messages .type", { hasText: "twilio:clear" }).first().waitFor();

  assert.deepEqual(keys, ["5", "#"]);
  assert.ok(heardAfter > 900 && heardAfter < 3000, `heard after ${heardAfter} ms`);
  assert.equal(await page.locator(".line.error").count(), 0);
});

Deno.test("a runner that checks signatures is phoned without a webhook", async () => {
  const { bot, calls, hear } = listeningBot();
  const options = { environment: { TWILIO_AUTH_TOKEN: "secret" } };
  await using client = await clientPage(bot, {
    sockets: true,
    options,
    hash: "#transport=phone&carrier=twilio&body=%7B%22a%22%3A1%7D",
  });

  await client.page.getByRole("button", { name: "Call", exact: true }).click();
  await client.says("You are on the phone. Say something.");
  await hear(200);

  assert.deepEqual(calls[0]?.body, { a: 1 });
});

Deno.test("what is off cannot be picked, and says what it needs", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot, { options: { transport: "plivo" } });
  const { page } = client;

  await page.getByText(/only/).waitFor();

  assert.ok(await page.getByRole("radio", { name: "WebSocket" }).isDisabled());
  assert.ok(await page.getByRole("radio", { name: "Phone" }).isEnabled());
  await page.getByRole("radio", { name: "Phone" }).check();
  assert.ok(await page.getByRole("option", { name: "Exotel" }).isDisabled());
});

Deno.test("a bot that fails is told of on every way, and so is one that hangs up", async () => {
  let fails = true;
  const page = (hash: string) =>
    clientPage(async (args) => {
      await using transport = await createTransport(args);
      if (fails) throw new Error("broken on purpose");
      await transport.connected;
    }, { sockets: true, hash });
  await using socket = await page("#transport=websocket");
  await using phone = await page("#transport=phone");

  await socket.page.getByRole("button", { name: "Connect" }).click();
  await phone.page.getByRole("button", { name: "Call", exact: true }).click();
  await socket.says("The bot failed.");
  await phone.says("The bot failed.");
  fails = false;
  await socket.page.getByRole("button", { name: "Connect" }).click();
  await phone.page.getByRole("button", { name: "Call", exact: true }).click();

  await socket.says("The bot ended the call.");
  await phone.says("The bot ended the call.");
});
