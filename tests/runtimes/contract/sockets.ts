/**
 * Plain WebSockets: audio and messages, there and back.
 */
import assert from "node:assert/strict";
import type { Socket } from "../../../src/core/duplex.ts";
import { socketFrom } from "../../../src/core/socket.ts";
import { decodeFrame, encodeAudio, encodeMessage } from "../../../src/serializers/protobuf.ts";
import { sine } from "../../audio/signals.ts";
import { delay } from "../../webrtc/client.ts";
import type { Hello } from "../fixtures/bot.ts";
import { start } from "./http.ts";
import type { Checks } from "./mod.ts";
import { exchange, HANDSHAKE, open } from "./raw.ts";

/** What clients of a plain WebSocket need. */
export const SOCKETS: Checks = {
  "a client on a WebSocket hears itself": async (url) => {
    await using client = await connect(url);
    const samples = sine(500, 16_000, 0.32);

    client.send(encodeAudio({ samples, sampleRate: 16_000, channels: 1 }));

    for (let heard = 0; heard < 0.3;) heard += loudSeconds(await client.next());
  },

  "messages and the handshake of RTVI arrive": async (url) => {
    await using client = await connect(url);
    const ready = { label: "rtvi-ai", type: "client-ready", id: "1", data: { version: "2.0.0" } };

    client.send(encodeMessage({ ping: "Zoë" }));
    client.send(encodeMessage(ready));

    const found = new Set<string>();
    while (found.size < 2) {
      const frame = decodeFrame(await client.next());
      if (frame.type !== "message") continue;
      const data = frame.data as Record<string, unknown>; // both are objects
      if (data["ping"] === "Zoë") found.add("ping");
      if (data["type"] === "bot-ready") found.add("bot-ready");
    }
  },

  "what cannot be read is skipped": async (url) => {
    await using client = await connect(url);

    client.send("text");
    client.send(new Uint8Array([255, 255, 255]));
    client.send(encodeMessage({ after: true }));

    const frame = decodeFrame(await client.next());
    assert.deepEqual(frame.type === "message" && frame.data, { after: true });
  },

  "a session's routes reach its bot while it runs": async (url) => {
    const client = await connect(url);
    client.send(encodeMessage({}));
    await client.next(); // the bot answers, so it runs
    const during = await hello(url, client.session);
    await client[Symbol.asyncDispose]();

    assert.equal(during.running, true);
    await ended(url, client.session);
  },

  "a client that vanishes ends its session": async (url) => {
    const response = await start(url, { transport: "websocket" });
    const session = response.headers.get("x-session-id") ?? "";
    const path = (await response.json()).wsUrl.slice(url.replace("http", "ws").length);

    const { status, connection } = await open(url, { path, headers: HANDSHAKE });
    while (!(await hello(url, session)).running) await delay(20);
    connection.close();

    assert.equal(status, 101);
    await ended(url, session);
  },

  "the bot hangs up once all that it said was sent": async (url) => {
    await using client = await connect(url, { goodbye: true });

    let heard = 0;
    const listening = (async () => {
      while (true) heard += loudSeconds(await client.next());
    })();
    const { closeCode } = await client.closed;
    await assert.rejects(listening);

    assert.equal(closeCode, 1000);
    assert.ok(heard > 0.45, `${heard} s were heard`);
  },

  "a session that nobody has started is refused before the upgrade": async (url) => {
    const unknown = { path: `/ws-client/${crypto.randomUUID()}`, headers: HANDSHAKE };

    assert.equal(await exchange(url, unknown), 404);
  },

  "a plain request to a WebSocket's address is 426": async (url) => {
    for (const path of ["/ws", "/ws-client"]) {
      const response = await fetch(url + path);
      assert.equal(response.status, 426);
      assert.equal((await response.json()).code, "upgrade_required");
    }
  },

  "the first subprotocol that a client offers is agreed to": async (url) => {
    for (const [offered, agreed] of [[["chat", "superchat"], "chat"], [[], ""]] as const) {
      const webSocket = new WebSocket(`${url.replace("http", "ws")}/ws-client`, [...offered]);
      const closed = Promise.withResolvers<void>();
      webSocket.onclose = () => closed.resolve();
      await new Promise((resolve) => webSocket.onopen = resolve);
      assert.equal(webSocket.protocol, agreed);
      webSocket.close();
      await closed.promise;
    }
  },

  "a handshake that is not right is no server error": async (url) => {
    const { "sec-websocket-key": _, ...headers } = HANDSHAKE;

    const status = await exchange(url, { path: "/ws-client", headers });

    assert.ok(status >= 400 && status < 500, `the status is ${status}`);
    const next = await fetch(`${url}/status`);
    assert.equal((await next.json()).status, "ready");
  },
};

async function hello(url: string, session: string): Promise<Hello> {
  return await (await fetch(`${url}/sessions/${session}/hello`)).json();
}

/** Waits for the end of a session, which has to travel to the server. */
async function ended(url: string, session: string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (!(await hello(url, session)).running) return;
    await delay(20);
  }
  assert.fail("the session does not end");
}

/** How long a frame is, in s, without what is silent. */
function loudSeconds(message: Uint8Array): number {
  const frame = decodeFrame(message);
  if (frame.type !== "audio") return 0;
  return frame.samples.filter((sample) => Math.abs(sample) > 200).length / frame.sampleRate;
}

interface Client extends Pick<Socket, "send" | "closed">, AsyncDisposable {
  readonly session: string;
  /** The next binary message. */
  next(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Starts a session and connects to it. */
async function connect(url: string, body: unknown = {}): Promise<Client> {
  const response = await start(url, { transport: "websocket", body });
  const { wsUrl } = await response.json();
  const socket = socketFrom(new WebSocket(wsUrl));
  const reader = socket.readable.getReader();
  return {
    session: response.headers.get("x-session-id") ?? "",
    closed: socket.closed,
    send: (message) => socket.send(message),
    async next() {
      const { value } = await reader.read();
      assert.ok(value instanceof Uint8Array, "the server has closed, or sent text");
      return value;
    },
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}
