import assert from "node:assert/strict";
import { createRunner, type Runner, type RunnerOptions } from "../../src/runner.ts";
import { call } from "../../src/testing/mod.ts";
import { connect, opened, phones, START, streamOf, webhook } from "./phones.ts";

for (const carrier of ["twilio", "telnyx", "plivo", "exotel"] as const) {
  for (const method of ["GET", "POST"] as const) {
    Deno.test(`a ${method} webhook of ${carrier} opens a call that knows its numbers`, async () => {
      const { runner, calls, begun } = phones();
      await using caller = await call(runner, {
        carrier,
        method,
        from: "+15551230001",
        to: "+15551230002",
        params: { agent: "a1" },
      });
      await begun(1);
      const [args] = calls;
      const plus = carrier === "plivo" ? "" : "+"; // Plivo's numbers have none

      assert.equal(args?.transport, carrier);
      assert.equal(args?.callData.from, `${plus}15551230001`);
      assert.equal(args?.callData.to, `${plus}15551230002`);
      assert.equal(args?.callData.callId, caller.callId);
      const body = args?.body as Record<string, string>;
      assert.deepEqual(
        [body["agent"], body["from_number"], body["to_number"]],
        ["a1", `${plus}15551230001`, `${plus}15551230002`],
      );
    });
  }
}

Deno.test("the carrier chosen with -t is answered at / too, and a browser goes to the page", async () => {
  const client = () => Promise.resolve({});
  const chosen = phones({ transport: "telnyx", client }).runner;
  const open = phones({ client }).runner;
  const get = (runner: Runner, path: string) =>
    runner.fetch(new Request(`https://bot.test${path}`));

  const posted = await streamOf(webhook(chosen, { CallSid: "v3:a", From: "+1", To: "+2" }, "/"));
  const got = await streamOf(get(chosen, "/?CallSid=v3%3Aa&From=%2B1&To=%2B2"));
  const pages = await Promise.all([get(chosen, "/"), get(open, "/"), get(open, "/?CallSid=a")]);
  const other = await get(chosen, "/twilio?CallSid=a");

  assert.match(posted, /^wss:\/\/bot\.test\/ws\/[0-9a-f]{48}$/);
  assert.match(got, /^wss:\/\/bot\.test\/ws\/[0-9a-f]{48}$/);
  assert.deepEqual(pages.map(({ status }) => status), [302, 302, 302]);
  assert.equal(other.status, 404);
});

Deno.test("another method, a body that is too large, and a webhook of no call are refused", async () => {
  const { runner } = phones();
  const put = await runner.fetch(new Request("https://bot.test/plivo", { method: "PUT" }));
  const large = await webhook(runner, { CallSid: "CA1", padding: "x".repeat(70_000) });
  const empty = await webhook(runner, {});

  assert.deepEqual([put.status, large.status, empty.status], [405, 413, 400]);
  assert.equal(put.headers.get("allow"), "GET, POST");
});

Deno.test("the stream's address is the public one, else the forwarded, else the request's", async () => {
  const request = () =>
    new Request("http://10.0.0.5:7860/twilio?CallSid=CA1", {
      headers: { "x-forwarded-proto": "https, http", "x-forwarded-host": "edge.test" },
    });
  const host = async (options: RunnerOptions) =>
    new URL(
      await streamOf(
        createRunner(() => {}, { insecureCarriers: true, ...options }).fetch(request()),
      ),
    ).origin;

  assert.equal(
    await host({ publicUrl: "https://bot.test", trustProxy: true }),
    "wss://bot.test",
  );
  assert.equal(await host({ trustProxy: true }), "wss://edge.test");
  assert.equal(await host({}), "ws://10.0.0.5:7860");
});

Deno.test("news of a call, such as its end, is taken without another call", async () => {
  const { runner } = phones();
  const answer = await webhook(runner, { CallSid: "CA1", CallStatus: "completed" });

  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), "");
});

Deno.test("onCall sees the call, and decides on the body or turns it away", async () => {
  const seen: unknown[] = [];
  const { runner, platform, calls, begun } = phones({
    onCall(incoming) {
      seen.push({ ...incoming, parameters: Object.keys(incoming.parameters) });
      return incoming.from === "+1" ? { body: { customer: 7 } } : { reject: "We are closed." };
    },
  });
  const url = await streamOf(webhook(runner, { CallSid: "CA1", From: "+1", To: "+2" }));
  const refused = await (await webhook(runner, { CallSid: "CA2", From: "+3" })).text();
  const socket = opened(await connect({ runner, platform }, url));
  socket.send(JSON.stringify(START));
  await begun(1);
  socket.close();
  await platform.settled();

  assert.deepEqual(seen[0], {
    carrier: "twilio",
    callId: "CA1",
    from: "+1",
    to: "+2",
    parameters: ["CallSid", "From", "To"],
  });
  assert.match(refused, /<Say>We are closed\.<\/Say><Hangup/);
  assert.deepEqual(calls[0]?.body, { customer: 7 });
  assert.deepEqual(calls[0]?.callData.body, { tier: "gold" });
  assert.equal(calls[0]?.callData.from, "+1");
});

Deno.test("a runner that closes ends its calls, and takes no new ones", async () => {
  const context = phones();
  const socket = opened(await connect(context, "wss://bot.test/ws"));
  socket.send(JSON.stringify(START));
  await context.begun(1);
  await context.runner.close();
  const late = await connect(context, "wss://bot.test/ws");

  assert.equal((await socket.closed).closeCode, 1001);
  assert.equal(late, 503);
  await context.platform.settled();
});
