/**
 * A phone call whose webhook comes more than once: one answer, one place, one session.
 */
import assert from "node:assert/strict";
import twilio from "twilio";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { MemoryOnceStore } from "../../src/sessions/once.ts";
import { MemorySessionStore, type SessionStore } from "../../src/sessions/store.ts";
import { createRunner, type Runner, type RunnerOptions } from "../../src/runner.ts";
import { call, memoryPlatform, telnyxKeys } from "../../src/testing/mod.ts";
import { signHmac } from "../../src/testing/signing.ts";
import { createTransport } from "../../src/transports/create.ts";
import { plivoSdk } from "../carriers/oracles.ts";
import { telnyxEvent } from "../support/telnyx_event.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const CALLERS = { From: "+15550100001", To: "+15550100002" };
/** What each carrier asks with; one that asks nothing is not in it. */
const FORMS = {
  twilio: (CallSid: string) => ({ CallSid, CallStatus: "ringing", ...CALLERS }),
  telnyx: (CallSid: string) => ({ CallSid, CallStatus: "ringing", ...CALLERS }),
  plivo: (CallUUID: string) => ({ CallUUID, Event: "StartApp", CallStatus: "ringing", ...CALLERS }),
  exotel: (CallSid: string) => ({ CallSid, CallFrom: "09999999999", CallTo: "08888888888" }),
  vonage: (uuid: string) => ({ uuid, conversation_uuid: "CON-1", from: "1555", to: "1556" }),
};
type Asking = keyof typeof FORMS;
const ASKING = Object.entries(CARRIERS)
  .flatMap(([name, { webhook }]) => webhook ? [name as Asking] : []);
const STARTS: Readonly<Record<Asking, (id: string) => object>> = {
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
function oneLine(options: RunnerOptions = {}) {
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

function ring(runner: Runner, carrier: Asking, form: Record<string, string>) {
  const body = new URLSearchParams(form);
  const request = new Request(`https://bot.test/${carrier}`, { method: "POST", body });
  return Promise.resolve(runner.fetch(request));
}

async function textOf(response: Response | Promise<Response>): Promise<string> {
  return await (await response).text();
}

function streamIn(text: string): string {
  return /wss:\/\/[^"<]+/.exec(text)?.[0] ?? assert.fail(`no stream in ${text}`);
}

for (const name of ASKING) {
  Deno.test(`${name}: a repeat gets the first answer, for the one place of the call`, async () => {
    const { runner } = oneLine();

    const first = await textOf(ring(runner, name, FORMS[name]("call-1")));
    const repeat = await textOf(ring(runner, name, FORMS[name]("call-1")));
    const other = await textOf(ring(runner, name, FORMS[name]("call-2")));

    streamIn(first);
    assert.equal(repeat, first);
    assert.match(other, /busy/);
    assert.equal(runner.sessions.load.promised, 1);
  });

  Deno.test(`${name}: of webhooks at the same moment, one takes a place`, async () => {
    let asked = 0;
    const { runner } = oneLine({
      async onCall() {
        asked++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
    });

    const rings = Array.from(
      { length: 5 },
      () => textOf(ring(runner, name, FORMS[name]("call-1"))),
    );
    const answers = new Set(await Promise.all(rings));

    assert.equal(answers.size, 1);
    streamIn([...answers][0] ?? "");
    assert.equal(asked, 1);
    assert.equal(runner.sessions.load.promised, 1);
  });

  Deno.test(`${name}: neither in the call nor after it does a repeat start a second session`, async () => {
    const line = oneLine();
    const { runner, platform } = line;
    const answer = await textOf(ring(runner, name, FORMS[name]("call-1")));
    const began = line.begun();
    const socket = await platform.connect(runner, streamIn(answer), {});
    socket.send(JSON.stringify({ event: "start", ...STARTS[name]("call-1") }));
    await began;

    const during = await textOf(ring(runner, name, FORMS[name]("call-1")));
    socket.close({ closeCode: 1000 });
    await platform.settled();
    const after = await textOf(ring(runner, name, FORMS[name]("call-1")));
    const next = await textOf(ring(runner, name, FORMS[name]("call-2")));

    assert.equal(during, answer);
    assert.doesNotMatch(after, /wss:/);
    await assert.rejects(platform.connect(runner, streamIn(answer), {}), { status: 403 });
    streamIn(next);
    assert.equal(line.sessions, 1);
  });

  Deno.test(`${name}: callbacks at the same address take no place, and get an empty 200`, async () => {
    const { runner } = oneLine();
    const callback: Record<Asking, Record<string, string>> = {
      twilio: { CallSid: "call-1", CallbackSource: "call-progress-events" },
      telnyx: { CallSid: "call-1", AnsweredBy: "human" },
      plivo: { CallUUID: "call-1", Event: "MachineDetection" },
      exotel: { CallSid: "call-1", "Stream[Status]": "completed" },
      vonage: { uuid: "call-1", status: "answered" },
    };
    const news = await ring(runner, name, callback[name]);

    assert.deepEqual([news.status, await news.text()], [200, ""]);
    assert.equal(runner.sessions.load.promised, 0);
    streamIn(await textOf(ring(runner, name, FORMS[name]("call-1"))));
  });

  Deno.test(`${name}: two processes with a store in common answer as one`, async () => {
    const records = new MemorySessionStore();
    const store: SessionStore = {
      put: (key, record, ttl) => records.put(key, record, ttl),
      get: (key) => records.get(key),
      take: (key) => records.take(key),
      extend: (key, ttl) => records.extend(key, ttl),
      once: new MemoryOnceStore(),
    };
    const [one, two] = [oneLine({ store }), oneLine({ store })];

    const answers = await Promise.all(
      [one, two].map(({ runner }) => textOf(ring(runner, name, FORMS[name]("call-1")))),
    );

    assert.equal(answers[0], answers[1]);
    streamIn(answers[0] ?? "");
    const places = [one, two].map(({ runner }) => runner.sessions.load.promised);
    assert.equal(places.reduce((sum, count) => sum + count), 1);
  });
}

Deno.test("a call that ends before its stream gives its place back, and its token opens nothing", async () => {
  const { runner, platform } = oneLine();
  const answer = await textOf(ring(runner, "twilio", FORMS.twilio("CA1")));

  const end = await ring(runner, "twilio", { CallSid: "CA1", CallStatus: "no-answer" });
  const next = await textOf(ring(runner, "twilio", FORMS.twilio("CA2")));

  assert.deepEqual([end.status, await end.text()], [200, ""]);
  await assert.rejects(platform.connect(runner, streamIn(answer), {}), { status: 403 });
  assert.doesNotMatch(await textOf(ring(runner, "twilio", FORMS.twilio("CA1"))), /wss:/);
  streamIn(next);
});

Deno.test("a call that ends while it is decided on is not streamed", async () => {
  const line = oneLine({
    async onCall() {
      await (await ring(line.runner, "twilio", { CallSid: "CA1", CallStatus: "canceled" })).text();
    },
  });

  const answer = await textOf(ring(line.runner, "twilio", FORMS.twilio("CA1")));

  assert.doesNotMatch(answer, /wss:/);
  assert.equal(line.runner.sessions.load.promised, 0);
});

Deno.test("a bare stream of a call that was answered, or is over, starts nothing", async () => {
  const line = oneLine({ limits: {} });
  const { runner, platform } = line;
  await textOf(ring(runner, "twilio", FORMS.twilio("CA1")));
  await textOf(ring(runner, "twilio", { CallSid: "CA2", CallStatus: "completed" }));

  for (const id of ["CA1", "CA2"]) {
    const socket = await platform.connect(runner, "wss://bot.test/ws", {});
    socket.send(JSON.stringify({ event: "start", ...STARTS.twilio(id) }));
    assert.equal((await socket.closed).closeCode, 1008);
  }
  assert.equal(line.sessions, 0);
});

Deno.test("an error of onCall is no answer: the repeat is decided on", async () => {
  let fails = true;
  const { runner } = oneLine({
    onCall() {
      if (fails) throw new Error("the database is away");
    },
  });
  const first = await ring(runner, "twilio", FORMS.twilio("CA1"));
  await first.text();
  fails = false;

  assert.equal(first.status, 500);
  streamIn(await textOf(ring(runner, "twilio", FORMS.twilio("CA1"))));
});

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

Deno.test("a HEAD answers no call, and an address may end with a slash", async () => {
  const { runner } = oneLine();
  const head = await runner.fetch(
    new Request("https://bot.test/twilio?CallSid=CA1", { method: "HEAD" }),
  );
  const slash = new Request("https://bot.test/twilio/", {
    method: "POST",
    body: new URLSearchParams(FORMS.twilio("CA1")),
  });

  assert.equal(head.status, 405);
  assert.equal(runner.sessions.load.promised, 0);
  streamIn(await textOf(runner.fetch(slash)));
});

Deno.test("a form in parts, as Exotel posts it, is read", async () => {
  const { runner } = oneLine();
  const body = new FormData();
  for (const [name, value] of Object.entries(FORMS.exotel("e1"))) body.set(name, value);
  const answer = await runner.fetch(
    new Request("https://bot.test/exotel", { method: "POST", body }),
  );
  const broken = await runner.fetch(
    new Request("https://bot.test/exotel", {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=x" },
      body: "no parts",
    }),
  );

  streamIn(await textOf(answer));
  assert.deepEqual([broken.status, (await broken.json()).code], [400, "bad_form"]);
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

Deno.test("a store that fails costs no caller the call that was answered", async () => {
  const records = new MemorySessionStore();
  const notes = new MemoryOnceStore();
  let fails = false;
  const asked = <T>(answer: () => Promise<T>) =>
    fails ? Promise.reject(new Error("The store is away")) : answer();
  const store: SessionStore = {
    put: (key, record, ttl) => records.put(key, record, ttl),
    get: (key) => records.get(key),
    take: (key) => records.take(key),
    extend: (key, ttl) => records.extend(key, ttl),
    once: {
      get: (key) => asked(() => notes.get(key)),
      add: (key, note, keeping) => asked(() => notes.add(key, note, keeping)),
      set: (key, note, keeping) => asked(() => notes.set(key, note, keeping)),
      delete: (key) => asked(() => notes.delete(key)),
    },
  };
  const line = oneLine({ store });
  const url = streamIn(await textOf(ring(line.runner, "twilio", FORMS.twilio("CA1"))));

  fails = true;
  const began = line.begun();
  const socket = await line.platform.connect(line.runner, url, {});
  socket.send(JSON.stringify({ event: "start", ...STARTS.twilio("CA1") }));
  await began;
  const refused = await textOf(ring(line.runner, "twilio", FORMS.twilio("CA2")));
  socket.close({ closeCode: 1000 });
  await line.platform.settled();

  assert.equal(line.sessions, 1);
  assert.match(refused, /<Say>All lines are busy/);
});
