/**
 * WhatsApp calls without media, against a strict Graph API.
 */
import { configure, type LogRecord, reset } from "@logtape/logtape";
import assert from "node:assert/strict";
import { BUSINESS, CALLER, notification, notify, ringing, terminated, value } from "./meta.ts";
import { ANSWER, OFFER, ring, until, world } from "./world.ts";

Deno.test("a call is pre-accepted, accepted, and then the bot's", async () => {
  await using w = world();

  const { status } = await ring(w, "wacid.1");
  await until(() => w.started.length === 1);

  assert.equal(status, 200);
  assert.deepEqual(w.graph.actions, ["pre_accept", "accept"]);
  const [first, second] = w.graph.commands;
  assert.deepEqual({ ...first?.body, action: "accept" }, second?.body);
  assert.deepEqual(w.offers, ["v=0\r\na=setup:passive\r\n"]);
  const [args] = w.started;
  assert.ok(args?.transport === "webrtc");
  assert.equal(args.webrtcConnection, w.peers[0]);
  assert.deepEqual(args.body, {
    id: "wacid.1",
    from: CALLER,
    to: BUSINESS,
    event: "connect",
    timestamp: "1671644824",
    direction: "USER_INITIATED",
    session: { sdp: OFFER, sdp_type: "offer" },
    contact_name: "Ann",
  });
});

Deno.test("the commands are those that Pipecat sends", async () => {
  await using w = world(() => {});

  const { over } = await ring(w, "wacid.1");
  await over;

  const sdp = ANSWER.split("\r\n").filter((line) => !/sha-(384|512)/i.test(line)).join("\r\n");
  const common = { messaging_product: "whatsapp", call_id: "wacid.1" };
  const session = { sdp, sdp_type: "answer" };
  assert.deepEqual(w.graph.commands.map(({ body }) => body), [
    { ...common, to: CALLER, action: "pre_accept", session },
    { ...common, to: CALLER, action: "accept", session },
    { ...common, action: "terminate" },
  ]);
  assert.ok(w.graph.commands.every(({ authorization }) => authorization === "Bearer EAAtoken"));
});

Deno.test("media flows only once accept is confirmed", async () => {
  await using w = world();
  const flowing: unknown[] = [];
  w.graph.intercept = () => void flowing.push(w.flowing[0], w.started.length);

  await ring(w, "wacid.1");
  await until(() => w.flowing[0] === true);

  assert.deepEqual(flowing, [false, 0, false, 0]);
});

Deno.test("a call that the caller ends is not ended again", async () => {
  await using w = world();
  const { over } = await ring(w, "wacid.1");
  await until(() => w.started.length === 1);

  await notify(w.runner, notification(value([terminated("wacid.1")])));
  await over;

  assert.ok(w.started[0]?.signal.aborted && w.peers[0]?.isClosed);
  assert.deepEqual(w.graph.actions, ["pre_accept", "accept"]);
  assert.equal(w.runner.sessions.size, 0);
});

Deno.test("a call that breaks off, or that Meta has ended meanwhile, is ended without a fuss", async () => {
  await using w = world();
  const call = w.graph.ring({ id: "wacid.1", from: CALLER });
  const { over } = await notify(w.runner, notification(value([ringing("wacid.1", OFFER)])));
  await until(() => w.started.length === 1);
  call.state = "ended";

  w.peers[0]?.close({ closeCode: 1006 });
  await over;

  assert.deepEqual(w.graph.actions, ["pre_accept", "accept", "terminate 400"]);
});

Deno.test("a bot that fails is the end of its call", async () => {
  await using w = world(() => Promise.reject(new Error("broken")));

  const { over } = await ring(w, "wacid.1");
  await over;

  assert.deepEqual(w.graph.actions, ["pre_accept", "accept", "terminate"]);
});

Deno.test("every call of a batch is taken", async () => {
  await using w = world();
  const calls = ["a", "b", "c"].map((id) => {
    w.graph.ring({ id, from: CALLER });
    return ringing(id, OFFER);
  });

  await notify(w.runner, notification(value(calls.slice(0, 2)), value(calls.slice(2))));
  await until(() => w.started.length === 3);

  assert.deepEqual(w.graph.commands.map(({ body }) => body.call_id).sort(), [..."aabbcc"]);
  await notify(w.runner, notification(value([terminated("a"), terminated("c")])));
  await until(() => w.runner.sessions.size === 1);
});

Deno.test("what Meta delivers again is ignored, even late", async () => {
  await using w = world();
  await ring(w, "wacid.1");
  await ring(w, "wacid.1");
  await until(() => w.started.length === 1);
  await notify(w.runner, notification(value([terminated("wacid.1"), terminated("wacid.1")])));
  await until(() => w.runner.sessions.size === 0);

  const late = await notify(w.runner, notification(value([ringing("wacid.1", OFFER)])));
  await late.over;

  assert.equal(late.status, 200);
  assert.equal(w.peers.length, 1);
  assert.deepEqual(w.graph.actions, ["pre_accept", "accept"]);
});

Deno.test("a call whose end arrives before its beginning is not taken", async () => {
  await using w = world();
  await notify(w.runner, notification(value([terminated("wacid.1")])));

  const { over } = await ring(w, "wacid.1");
  await over;

  assert.deepEqual([w.peers.length, w.graph.actions], [0, []]);
});

Deno.test("a caller who gives up while the call is answered", async () => {
  await using w = world();
  const call = w.graph.ring({ id: "wacid.1", from: CALLER });
  w.graph.intercept = async ({ action }) => {
    if (action !== "accept") return;
    call.state = "ended";
    await notify(w.runner, notification(value([terminated("wacid.1")])));
  };

  const { over } = await notify(w.runner, notification(value([ringing("wacid.1", OFFER)])));
  await over;

  assert.ok(w.peers[0]?.isClosed);
  assert.equal(w.started.length, 0);
  assert.ok(
    w.graph.actions.every((action) => !/reject|terminate/.test(action)),
    `${w.graph.actions}`,
  );
});

Deno.test("calls to another number of the same app are left alone", async () => {
  await using w = world();
  const other = { metadata: { phone_number_id: "1" } };

  const { status, over } = await notify(
    w.runner,
    notification(value([ringing("wacid.1", OFFER)], other)),
  );
  await over;

  assert.deepEqual([status, w.peers.length, w.graph.actions], [200, 0, []]);
});

Deno.test("the log names no number, no token and no call", async () => {
  const records: LogRecord[] = [];
  await configure({
    sinks: { memory: (record) => void records.push(record) },
    loggers: [
      { category: ["pipecat"], sinks: ["memory"], lowestLevel: "trace" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "warning" },
    ],
  });
  try {
    await using w = world(() => {});
    const call = w.graph.ring({ id: "wacid.HBgLMTYzMTU1NTM2MDI", from: CALLER });
    call.state = "ended"; // refused with a message that names the call and the caller
    const { over } = await notify(w.runner, notification(value([ringing(call.id, OFFER)])));
    await over;
    w.graph.intercept = () => new Response("", { status: 401 });
    await (await ring(w, "wacid.2")).over;

    const log = records.map(({ message, properties }) =>
      [
        ...message,
        ...Object.values(properties),
      ].join(" ")
    ).join("\n");
    assert.match(log, /could not be answered/);
    assert.match(log, /check WHATSAPP_TOKEN/);
    assert.match(log, /has ended/);
    for (const secret of [CALLER, BUSINESS, "wacid", "EAA", "app-secret"]) {
      assert.ok(!log.includes(secret), `${secret} in ${log}`);
    }
  } finally {
    await reset();
  }
});
