import assert from "node:assert/strict";
import type { Bot } from "../../src/core/bot.ts";
import { serve } from "../../src/runtimes/deno.ts";
import { callCommand } from "../../src/testing/command.ts";
import { routeAddress } from "../../src/testing/route_address.ts";
import { createTransport } from "../../src/transports/create.ts";

Deno.test("a route is found below whatever address people give", () => {
  const found = (url: string, route: string) => routeAddress(new URL(url), route).href;

  assert.equal(found("http://bot.test", "twilio"), "http://bot.test/twilio");
  assert.equal(found("http://bot.test/sales", "twilio"), "http://bot.test/sales/twilio");
  assert.equal(found("http://bot.test/voice/sales/", "ws"), "http://bot.test/voice/sales/ws");
  assert.equal(found("http://bot.test/client/", "twilio"), "http://bot.test/twilio");
  assert.equal(found("http://bot.test/sales/client", "ws"), "http://bot.test/sales/ws");
  // The route itself stays, with a token and a query behind it.
  assert.equal(found("http://bot.test/a/twilio?x=1", "twilio"), "http://bot.test/a/twilio?x=1");
  assert.equal(found("http://bot.test/ws/0f1e", "ws"), "http://bot.test/ws/0f1e");
});

Deno.test("call reaches one of several bots by the address that its page has", async () => {
  const reached: string[] = [];
  const named = (name: string): Bot => async (args) => {
    await using transport = await createTransport(args);
    reached.push(`${name} ${args.transport}`);
    if (args.transport === "websocket") await transport.readable.pipeTo(new WritableStream());
  };
  const bots = { greeter: named("greeter"), sales: named("sales") };
  await using server = await serve(bots, { port: 0, basePath: "/voice", webrtc: false });
  const { log } = console;
  console.log = () => {};
  try {
    await callCommand([`${server.url}/sales`]);
    await callCommand([`${server.url}/sales/client/`]);
    await callCommand([`${server.url}/sales/`, "--carrier", "asterisk"]);
    await callCommand([`${server.url}/sales`, "--websocket", "--seconds", "0.2"]);
    await callCommand([server.url]);
  } finally {
    console.log = log;
  }

  assert.deepEqual(reached, [
    "sales twilio",
    "sales twilio",
    "sales asterisk",
    "sales websocket",
    "greeter twilio",
  ]);
});
