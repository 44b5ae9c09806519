/**
 * WhatsApp calls without media, against a strict Graph API.
 */
import { configure, type LogRecord, reset } from "@logtape/logtape";
import assert from "node:assert/strict";
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import { RunnerError } from "../../src/core/error.ts";
import type { PeerFactory } from "../../src/core/peer.ts";
import { createRunner, type Runner } from "../../src/runner.ts";
import { type FakePeer, fakePeer } from "../support/fake_peers.ts";
import { type GraphServer, graphServer } from "../support/graph_server.ts";
import { BUSINESS, CALLER, notification, notify, ringing, terminated, value } from "./meta.ts";

const OFFER = "v=0\r\na=setup:actpass\r\n";
const ANSWER = [
  "v=0",
  "a=fingerprint:sha-512 00:11",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 126",
  "a=ice-ufrag:f665",
  "a=ice-pwd:b6818b95623aa7779bef9f",
  "a=fingerprint:sha-256 AB:CD",
  "a=fingerprint:SHA-384 22:33",
  "a=setup:active",
  "a=rtpmap:111 opus/48000/2",
  "",
].join("\r\n");

/** Peers that answer as ours do, were their fingerprints more. */
function phonePeers() {
  const peers: FakePeer[] = [];
  const offers: string[] = [];
  const flowing: boolean[] = [];
  const factory: PeerFactory = {
    answer(id, sdp, { mediaAfter } = {}) {
      if (!sdp.startsWith("v=0")) throw new RunnerError("invalid_offer", "The SDP is no offer.");
      const peer = fakePeer(id, sdp);
      const index = peers.push(peer) - 1;
      offers.push(sdp);
      flowing.push(mediaAfter === undefined);
      void mediaAfter?.then(() => flowing[index] = true);
      return Promise.resolve({ peer, sdp: ANSWER });
    },
  };
  return { factory, peers, offers, flowing };
}

interface World extends AsyncDisposable {
  readonly graph: GraphServer;
  readonly runner: Runner;
  readonly peers: readonly FakePeer[];
  readonly offers: readonly string[];
  /** Whether media may flow on each peer. */
  readonly flowing: readonly boolean[];
  /** What each bot was called with. */
  readonly started: readonly RunnerArguments[];
}

/** A runner beside Meta; its bots stay until their session ends, unless another one is given. */
function world(bot: Bot = stay): World {
  const graph = graphServer();
  const { factory, peers, offers, flowing } = phonePeers();
  const started: RunnerArguments[] = [];
  const runner = createRunner((args) => {
    started.push(args);
    return bot(args);
  }, { webrtc: factory, whatsapp: true, environment: graph.environment });
  return {
    graph,
    runner,
    peers,
    offers,
    flowing,
    started,
    async [Symbol.asyncDispose]() {
      await runner.close();
      await graph[Symbol.asyncDispose]();
    },
  };
}

async function stay({ signal }: RunnerArguments): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !condition();) {
    if (performance.now() > end) throw new Error("It did not happen");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Lets a call ring. */
function ring({ graph, runner }: World, id: string, sdp = OFFER) {
  graph.ring({ id, from: CALLER });
  return notify(runner, notification(value([ringing(id, sdp)])));
}

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

Deno.test("a call that cannot be answered is rejected", async (t) => {
  await t.step("for its offer", async () => {
    await using w = world();
    const { over } = await ring(w, "wacid.1", "nonsense");
    await over;
    assert.deepEqual(w.graph.actions, ["reject"]);
  });
  await t.step("since Meta refuses to pre-accept", async () => {
    await using w = world();
    w.graph.intercept = ({ action }) =>
      action === "pre_accept" ? new Response("busy", { status: 500 }) : undefined;
    const { over } = await ring(w, "wacid.1");
    await over;
    assert.deepEqual(w.graph.actions, ["pre_accept 500", "reject"]);
    assert.ok(w.peers[0]?.isClosed);
  });
  await t.step("since Meta refuses to accept", async () => {
    await using w = world();
    w.graph.intercept = ({ action }) =>
      action === "accept" ? Response.json({ success: false }) : undefined;
    const { over } = await ring(w, "wacid.1");
    await over;
    assert.deepEqual(w.graph.actions, ["pre_accept", "accept", "reject"]);
    assert.deepEqual([w.started.length, w.flowing[0]], [0, false]);
  });
  await t.step("since the connection broke off", async () => {
    await using w = world();
    w.graph.intercept = ({ action }) => {
      if (action === "pre_accept") w.peers[0]?.close();
    };
    const { over } = await ring(w, "wacid.1");
    await over;
    assert.equal(w.graph.actions.at(-1), "reject");
    assert.equal(w.started.length, 0);
  });
});

Deno.test("a call whose acceptance is not confirmed is terminated, for it may be accepted", async () => {
  await using w = world();
  w.graph.intercept = ({ action }) => {
    if (action === "accept") w.peers[0]?.close(); // and so the request is given up
  };

  const { over } = await ring(w, "wacid.1");
  await over;

  assert.equal(w.graph.actions.at(-1), "terminate");
  assert.equal(w.started.length, 0);
});

Deno.test("ending a call is tried again while Meta is not able to", async () => {
  await using w = world(() => {});
  let failures = 0;
  w.graph.intercept = ({ action }) =>
    action === "terminate" && ++failures <= 2 ? new Response("", { status: 503 }) : undefined;

  const { over } = await ring(w, "wacid.1");
  await over;

  assert.deepEqual(w.graph.actions.slice(2), ["terminate 503", "terminate 503", "terminate"]);
});

Deno.test("a runner that closes ends its calls and rejects new ones", async () => {
  await using w = world();
  const first = await ring(w, "wacid.1");
  await until(() => w.started.length === 1);

  const closing = w.runner.close();
  const second = await ring(w, "wacid.2");
  await Promise.all([closing, first.over, second.over]);

  assert.deepEqual(w.graph.actions.toSorted(), ["accept", "pre_accept", "reject", "terminate"]);
  assert.equal(w.peers.length, 1);
});

Deno.test("a runner that closes while a call is being answered waits until it is ended", async () => {
  await using w = world();
  let closing: Promise<void> | undefined;
  w.graph.intercept = ({ action }) => {
    if (action === "accept") closing = w.runner.close();
  };
  const { over } = await ring(w, "wacid.1");
  await over;
  await closing;

  assert.deepEqual(w.graph.actions, ["pre_accept", "accept", "terminate"]);
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

Deno.test("a call that rings during a drain is rejected, and the one that is on goes on", async () => {
  await using w = world();
  await ring(w, "wacid.1");
  await until(() => w.started.length === 1);

  const drained = w.runner.drain({ deadlineMs: 10_000 });
  await ring(w, "wacid.2");
  await until(() => w.graph.actions.includes("reject"));
  const during = w.peers[0]?.isClosed;
  await notify(w.runner, notification(value([terminated("wacid.1")])));
  await drained;

  assert.equal(during, false);
  assert.equal(w.started.length, 1);
  assert.deepEqual(w.graph.actions, ["pre_accept", "accept", "reject"]);
});
