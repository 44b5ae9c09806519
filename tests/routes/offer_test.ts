import assert from "node:assert/strict";
import type { RunnerArguments } from "../../src/core/bot.ts";
import { createRunner, type Runner } from "../../src/runner.ts";
import { fakePeers } from "../support/fake_peers.ts";

const OFFER = { sdp: "v=0 offer", type: "offer", pc_id: null, restart_pc: false };

/** A runner whose bot reports its arguments and stays until its session ends. */
function listening() {
  const webrtc = fakePeers();
  const calls: RunnerArguments[] = [];
  const runner = createRunner(async (args) => {
    calls.push(args);
    await new Promise<void>((resolve) => args.signal.addEventListener("abort", () => resolve()));
  }, { webrtc });
  return { runner, calls, peers: webrtc.peers };
}

async function send(runner: Runner, method: string, path: string, body: unknown) {
  const response = await runner.fetch(
    new Request(`http://bot.test${path}`, {
      method,
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  );
  return { status: response.status, answer: await response.json() };
}

async function start(runner: Runner, body: unknown): Promise<string> {
  const { answer } = await send(runner, "POST", "/start", body);
  return answer.sessionId;
}

Deno.test("an offer is answered and runs the bot with its own data", async () => {
  const { runner, calls, peers } = listening();

  const { status, answer } = await send(runner, "POST", "/api/offer", {
    ...OFFER,
    requestData: { user: "u1" },
  });

  assert.equal(status, 200);
  assert.deepEqual(Object.keys(answer), ["sdp", "type", "pc_id"]);
  assert.equal(answer.type, "answer");
  assert.equal(answer.pc_id, peers[0]?.id);
  assert.equal(calls[0]?.transport, "webrtc");
  assert.deepEqual(calls[0]?.body, { user: "u1" });
  await runner.close();
});

Deno.test("an offer of a session brings the start body and the same session id", async () => {
  const { runner, calls } = listening();
  const sessionId = await start(runner, { body: { user: "u1" } });

  await send(runner, "POST", `/sessions/${sessionId}/api/offer`, OFFER);

  assert.equal(calls[0]?.sessionId, sessionId);
  assert.deepEqual(calls[0]?.body, { user: "u1" });
  await runner.close();
});

for (const key of ["requestData", "request_data"]) {
  Deno.test(`${key} of an offer replaces the start body`, async () => {
    const { runner, calls } = listening();
    const sessionId = await start(runner, { body: { user: "u1" } });

    await send(runner, "POST", `/sessions/${sessionId}/api/offer`, { ...OFFER, [key]: { x: 1 } });

    assert.deepEqual(calls[0]?.body, { x: 1 });
    await runner.close();
  });
}

Deno.test("a known pc_id renegotiates or restarts under the same bot", async () => {
  const { runner, calls, peers } = listening();
  const { answer } = await send(runner, "POST", "/api/offer", OFFER);
  const again = { ...OFFER, sdp: "v=0 again", pc_id: answer.pc_id };

  const renegotiated = await send(runner, "POST", "/api/offer", again);
  await send(runner, "POST", "/api/offer", { ...again, restart_pc: true });

  assert.equal(renegotiated.answer.pc_id, answer.pc_id);
  assert.equal(calls.length, 1);
  assert.deepEqual(peers[0]?.offers.map(({ restart }) => restart), [false, false, true]);
  await runner.close();
});

Deno.test("a pc_id whose peer is gone begins a new run", async () => {
  const { runner, calls } = listening();

  const { status } = await send(runner, "POST", "/api/offer", { ...OFFER, pc_id: "pc_gone" });

  assert.equal(status, 200);
  assert.equal(calls.length, 1);
  await runner.close();
});

Deno.test("candidates reach their peer, the empty one included", async () => {
  const { runner, peers } = listening();
  const sessionId = await start(runner, {});
  const path = `/sessions/${sessionId}/api/offer`;
  const { answer } = await send(runner, "POST", path, OFFER);

  const patched = await send(runner, "PATCH", path, {
    pc_id: answer.pc_id,
    candidates: [
      { candidate: "candidate:1 1 udp 1 192.0.2.5 5 typ host", sdp_mid: "0", sdp_mline_index: 0 },
      { candidate: "", sdp_mid: "0", sdp_mline_index: 0 },
    ],
  });

  assert.deepEqual(patched, { status: 200, answer: { status: "success" } });
  assert.deepEqual(peers[0]?.candidates, [
    { candidate: "candidate:1 1 udp 1 192.0.2.5 5 typ host", sdpMid: "0", sdpMLineIndex: 0 },
    { candidate: "", sdpMid: "0", sdpMLineIndex: 0 },
  ]);
  await runner.close();
});

const REFUSED: [string, string, string, unknown, number, string][] = [
  [
    "candidates for an unknown peer",
    "PATCH",
    "/api/offer",
    {
      pc_id: "nope",
      candidates: [],
    },
    404,
    "unknown_peer",
  ],
  [
    "an offer of an unknown session",
    "POST",
    "/sessions/nope/api/offer",
    OFFER,
    404,
    "unknown_session",
  ],
  ["a garbage SDP", "POST", "/api/offer", { ...OFFER, sdp: "garbage" }, 400, "invalid_offer"],
  ["an offer without SDP", "POST", "/api/offer", { type: "offer" }, 400, "bad_request"],
  [
    "an answer in place of an offer",
    "POST",
    "/api/offer",
    {
      ...OFFER,
      type: "answer",
    },
    400,
    "bad_request",
  ],
  ["malformed JSON as an offer", "POST", "/api/offer", "{", 400, "bad_json"],
  ["a list as an offer", "POST", "/api/offer", [], 400, "bad_request"],
];
for (const [name, method, path, body, status, code] of REFUSED) {
  Deno.test(`${name} is a ${status} ${code}`, async () => {
    const { runner, calls } = listening();

    const refused = await send(runner, method, path, body);

    assert.equal(refused.status, status);
    assert.equal(refused.answer.code, code);
    assert.equal(calls.length, 0);
  });
}

Deno.test("the peer's end ends the session, the bot's end closes the peer", async () => {
  const { runner, calls, peers } = listening();
  await send(runner, "POST", "/api/offer", OFFER);
  const [session] = [...runner.sessions];

  peers[0]?.close();
  await session?.done;

  assert.ok(calls[0]?.signal.aborted);
  assert.equal(runner.sessions.size, 0);

  const webrtc = fakePeers();
  const brief = createRunner(() => {}, { webrtc });
  await send(brief, "POST", "/api/offer", OFFER);
  await webrtc.peers[0]?.closed;
});

Deno.test("a bot that fails tells the client, closes the peer and harms nobody else", async () => {
  const webrtc = fakePeers();
  const runner = createRunner(() => Promise.reject(new Error("no model")), { webrtc });

  const { status } = await send(runner, "POST", "/api/offer", OFFER);
  await webrtc.peers[0]?.closed;

  assert.equal(status, 200);
  const [message] = webrtc.peers[0]?.sent as { type: string; data: { fatal: boolean } }[];
  assert.equal(message?.type, "error");
  assert.equal(message?.data.fatal, true);
});

Deno.test("a second offer of a running session replaces its run", async () => {
  const { runner, calls, peers } = listening();
  const sessionId = await start(runner, {});
  const path = `/sessions/${sessionId}/api/offer`;

  await send(runner, "POST", path, OFFER);
  await send(runner, "POST", path, OFFER);

  assert.equal(calls.length, 2);
  assert.ok(peers[0]?.isClosed);
  assert.ok(!peers[1]?.isClosed);
  assert.equal(runner.sessions.size, 1);
  await runner.close();
});

Deno.test("a closing runner refuses new sessions with a 503 and lets none linger", async () => {
  const { runner, peers } = listening();
  await send(runner, "POST", "/api/offer", OFFER);

  await runner.close();
  const refused = await send(runner, "POST", "/api/offer", OFFER);

  assert.equal(refused.status, 503);
  assert.ok(peers.every(({ isClosed }) => isClosed));
  assert.equal(runner.sessions.size, 0);
});

Deno.test("a runner that is restricted to another transport answers no offer, WebRTC or not", async () => {
  const runner = createRunner(() => {}, { webrtc: fakePeers(), transport: "twilio" });

  const { status } = await send(runner, "POST", "/api/offer", OFFER);

  assert.equal(status, 404);
  await runner.close();
});
