/**
 * A phone call whose webhook comes more than once: one answer, one place, one session.
 */
import assert from "node:assert/strict";
import { MemoryOnceStore } from "../../src/sessions/once.ts";
import { MemorySessionStore, type SessionStore } from "../../src/sessions/store.ts";
import { sharedStore } from "../support/fleet.ts";
import { ASKING, type Asking, FORMS, oneLine, ring, STARTS, streamIn, textOf } from "./one_line.ts";

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
    const store = sharedStore();
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
