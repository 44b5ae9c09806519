/**
 * What nobody has signed, or somebody has signed for another call, gets nothing of a phone line.
 */
import assert from "node:assert/strict";
import twilio from "twilio";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { call, memoryPlatform, telnyxKeys } from "../../src/testing/mod.ts";
import { signHmac } from "../../src/testing/signing.ts";
import { plivoSdk } from "../carriers/oracles.ts";
import { telnyxEvent } from "../support/telnyx_event.ts";
import { ASKING, FORMS, oneLine, ring, SECRET, STARTS, streamIn, textOf } from "./one_line.ts";

Deno.test("a replay of a signed webhook is a repeat, and cannot be bent to another call", async () => {
  const { runner } = oneLine({ environment: { TWILIO_AUTH_TOKEN: SECRET }, limits: {} });
  // Twilio signs names and values without what stands between.
  const text = "https://bot.test/twilioCallSidCAabcCallStatusringingFrom+15550100001";
  const signature = await signHmac("SHA-1", SECRET, text);
  const send = (form: Record<string, string>) =>
    runner.fetch(
      new Request("https://bot.test/twilio", {
        method: "POST",
        headers: { "x-twilio-signature": signature },
        body: new URLSearchParams(form),
      }),
    );
  const genuine = { CallSid: "CAabc", CallStatus: "ringing", From: "+15550100001" };
  const answer = await textOf(send(genuine));
  const bent = [
    { CallSid: "CAabcCallStatusringing", From: "+15550100001" },
    { CallSid: "CAa", bcCallStatusringingFrom: "+15550100001" },
  ];
  for (const form of bent) {
    assert.ok(twilio.validateRequest(SECRET, signature, "https://bot.test/twilio", form));
  }

  assert.equal(await textOf(send(genuine)), answer);
  for (const form of bent) {
    const refused = await send(form);
    assert.deepEqual([refused.status, (await refused.json()).code], [403, "bad_signature"]);
  }
  assert.equal(runner.sessions.load.promised, 1);
});

Deno.test("what Plivo has signed for one call opens no other, whatever stands beside the signature", async () => {
  const { runner } = oneLine({ environment: { PLIVO_AUTH_TOKEN: SECRET }, limits: {} });
  const [url, nonce] = ["https://bot.test/plivo", "05429567804466091622"];
  const genuine = { CallUUID: "u-1", Event: "StartApp", From: "15550100001" };
  const bent = { CallUUID: "u-1EventStartApp", From: "15550100001" };
  const signed = `${url}?CallUUIDu-1EventStartAppFrom15550100001.${nonce}`;
  const signature = await signHmac("SHA-256", SECRET, signed);
  const send = (form: Record<string, string>, header: string) =>
    runner.fetch(
      new Request(url, {
        method: "POST",
        headers: { "x-plivo-signature-v3": header, "x-plivo-signature-v3-nonce": nonce },
        body: new URLSearchParams(form),
      }),
    );
  assert.ok(plivoSdk.validateV3Signature("POST", url, nonce, SECRET, signature, bent));

  streamIn(await textOf(send(genuine, signature)));
  const refused = [await send(bent, signature), await send(bent, `AAAA, ${signature}`)];

  assert.deepEqual(refused.map(({ status }) => status), [403, 403]);
  assert.equal(runner.sessions.load.promised, 1);
});

Deno.test("a query that Telnyx has not signed adds nothing to the body that it has", async () => {
  const { secret, publicKey } = await telnyxKeys();
  const { runner } = oneLine({ environment: { TELNYX_PUBLIC_KEY: publicKey } });
  const seen: unknown[] = [];
  const line = oneLine({
    environment: { TELNYX_PUBLIC_KEY: publicKey },
    onCall: ({ from, parameters }) => void seen.push(from, parameters["agent"]),
  });
  const options = { secret, carrier: "telnyx", params: { From: "" } } as const;
  await using _caller = await call({
    fetch(request, platform) {
      const url = new URL(request.url);
      if (url.pathname === "/telnyx") url.search = "?From=%2B1900&agent=evil&CallStatus=completed";
      return line.runner.fetch(new Request(url, request), platform);
    },
  }, options);
  const unsigned = await ring(runner, "telnyx", FORMS.telnyx("v3:1"));
  await unsigned.text();

  assert.deepEqual(seen, [undefined, undefined]);
  assert.equal(unsigned.status, 403);
});

/** Telnyx's API on this machine, which notes the commands. */
async function commands(run: (environment: Record<string, string>) => Promise<void>) {
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(`${pathname.split("/").slice(3).join("/")} ${(await request.text()).slice(0, 60)}`);
    return Response.json({ data: { result: "ok" } });
  });
  const TELNYX_BASE_URL = `http://127.0.0.1:${server.addr.port}/v2`;
  await run({ TELNYX_API_KEY: "key", TELNYX_BASE_URL });
  await server.shutdown();
  return asked;
}

Deno.test("Telnyx gets one command for one call, whatever comes again", async () => {
  const { secret, publicKey } = await telnyxKeys();
  const asked = await commands(async (environment) => {
    const line = oneLine({ environment: { ...environment, TELNYX_PUBLIC_KEY: publicKey } });
    const events = [1, 2, 3].map((attempt) => telnyxEvent({}, { secret, attempt }));
    const answers = await Promise.all(
      events.map(async (event) => await line.runner.fetch(await event, line.platform)),
    );
    await line.platform.settled();
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  });

  assert.equal(asked.length, 1);
  assert.match(asked[0] ?? "", /^v3:a\/actions\/answer /);
});

Deno.test("an unsigned webhook never has a call commanded, but by a program on this machine", async () => {
  const statuses: number[] = [];
  const asked = await commands(async (environment) => {
    const send = async (url: string, options: RunnerOptions, headers = {}) => {
      const line = oneLine({ environment, ...options });
      const event = await telnyxEvent({}, { url });
      const request = new Request(event, {
        headers: { ...Object.fromEntries(event.headers), ...headers },
      });
      const { status } = await line.runner.fetch(request, line.platform);
      await line.platform.settled();
      statuses.push(status);
    };
    await send("https://stranger.test/telnyx", {});
    await send("https://stranger.test/telnyx", { transport: "telnyx" });
    await send("https://bot.test/telnyx", { publicUrl: "https://bot.test" });
    await send("http://localhost/telnyx", {}, { "x-forwarded-for": "203.0.113.9" });
    await send("http://localhost:7860/telnyx", {});
  });

  assert.deepEqual(statuses, [403, 403, 403, 403, 200]);
  assert.equal(asked.length, 1);
  assert.match(asked[0] ?? "", /"stream_url":"ws:\/\/localhost:7860\//);
});

Deno.test("a call is not ended for a stranger who names it", async () => {
  const asked = await commands(async (environment) => {
    const platform = memoryPlatform();
    const runner = createRunner(() => {}, { environment, transport: "telnyx" });
    for (const url of ["wss://bot.test/ws", "ws://localhost/ws"]) {
      const socket = await platform.connect(runner, url, {});
      socket.send(JSON.stringify({ event: "start", ...STARTS.telnyx(`v3:${new URL(url).host}`) }));
      await socket.closed;
    }
    await platform.settled();
    await runner.close();
  });

  assert.deepEqual(asked.map((line) => line.split(" ")[0]), ["v3:localhost/actions/hangup"]);
});

Deno.test("a carrier that nothing proves is off once the runner is for the world, unless it is named", async () => {
  const publicUrl = "https://bot.test";
  const on = async (options: RunnerOptions) => {
    const runner = createRunner(() => {}, options);
    const answers = await Promise.all(
      ASKING.map(async (name) => {
        const answer = await ring(runner, name, FORMS[name](`${name}-1`));
        const text = await answer.text();
        const off = new RegExp(`--insecure-carriers ${name}|not signed by ${name}`);
        if (answer.status === 403) assert.match(text, off);
        return answer.status === 200 ? [name] : [];
      }),
    );
    return answers.flat();
  };
  const all = ["twilio", "telnyx", "plivo", "exotel", "vonage"];

  assert.deepEqual(await on({}), all);
  assert.deepEqual(await on({ publicUrl }), []);
  assert.deepEqual(await on({ startToken: "pk_0123456789abcdef" }), []);
  assert.deepEqual(await on({ environment: { PIPECAT_START_TOKEN: "pk_0123456789abcdef" } }), []);
  assert.deepEqual(await on({ environment: { TWILIO_AUTH_TOKEN: SECRET } }), []);
  assert.deepEqual(await on({ environment: { TELNYX_API_KEY: "k" } }), ["telnyx"]);
  assert.deepEqual(await on({ publicUrl, environment: { TELNYX_API_KEY: "k" } }), []);
  assert.deepEqual(await on({ publicUrl, transport: "plivo" }), ["plivo"]);
  assert.deepEqual(await on({ publicUrl, insecureCarriers: ["exotel"] }), ["exotel"]);
  assert.deepEqual(await on({ publicUrl, insecureCarriers: true }), all);
});

Deno.test("no bare stream of a carrier that is off begins a session", async () => {
  const publicUrl = "https://bot.test";
  const line = oneLine({ insecureCarriers: ["exotel"], publicUrl });
  const socket = await line.platform.connect(line.runner, "wss://bot.test/ws", {});
  socket.send(JSON.stringify({ event: "start", ...STARTS.plivo("call-1") }));
  const { closeCode } = await socket.closed;
  const none = createRunner(() => {}, { publicUrl });

  assert.equal(closeCode, 1008);
  assert.equal(line.sessions, 0);
  await assert.rejects(memoryPlatform().connect(none, "wss://bot.test/ws", {}), { status: 403 });
});
