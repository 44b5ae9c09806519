/**
 * Plain HTTP: the start, sessions, the user's routes, and what is refused.
 */
import assert from "node:assert/strict";
import type { Hello } from "../fixtures/bot.ts";
import type { Checks } from "./mod.ts";
import { exchange, HANDSHAKE } from "./raw.ts";

/** The page, where it is served. */
export const PAGE: Checks = {
  "/ leads to the page, compressed and not": async (url) => {
    const compressed = await fetch(`${url}/`);
    const plain = await fetch(`${url}/client/`, { headers: { "accept-encoding": "identity" } });

    assert.equal(compressed.url, `${url}/client/`);
    assert.equal(plain.headers.get("content-encoding"), null);
    const text = await plain.text();
    assert.match(text, /<!doctype html>/i);
    assert.equal(await compressed.text(), text);
  },
};

/** What a server must refuse that nobody stands in front of. Before a Worker stands Cloudflare. */
export const BARE: Checks = {
  "a Host that is none is a 400": async (url) => {
    for (const host of ["a b", "a/b", "host:port", "[::1", "user@host", "%", "a,b"]) {
      const statuses = [
        await exchange(url, { path: "/status", headers: { host } }),
        await exchange(url, { path: "/ws/token", headers: { ...HANDSHAKE, host } }),
      ];
      assert.deepEqual([host, statuses], [host, [400, 400]]);
    }
  },
};

/** Where the host hands on a body beside a header that asks for another protocol; Deno answers 400. */
export const UPGRADES: Checks = {
  "a POST keeps its body when its client would rather speak something else": async (url) => {
    const body = `{"transport":"websocket","body":"${"x".repeat(60_000)}"}`;
    const length = { "content-length": String(body.length) };
    const start = { method: "POST", path: "/start", body };

    for (
      const headers of [
        { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABk" },
        { connection: "upgrade", upgrade: "TLS/1.2" },
        { connection: "upgrade", upgrade: "websocket" },
      ]
    ) {
      assert.equal(await exchange(url, { ...start, headers: { ...headers, ...length } }), 200);
    }
  },
};

/** What needs nothing but HTTP. */
export const HTTP: Checks = {
  "GET /status is 200 and JSON": async (url) => {
    const response = await fetch(`${url}/status`);

    const { status, transports } = await response.json();
    assert.deepEqual([response.status, status], [200, "ready"]);
    assert.ok(transports.includes("websocket") && transports.includes("twilio"));
  },

  "POST /start names the session and where to connect": async (url) => {
    const response = await start(url, { transport: "websocket" });
    const { wsUrl } = await response.json();

    assert.equal(response.status, 200);
    assert.equal(
      wsUrl,
      `${url.replace("http", "ws")}/ws-client/${response.headers.get("x-session-id")}`,
    );
  },

  "what is not JSON, or not right, is 400": async (url) => {
    assert.deepEqual(await refusal(url, "POST", "/start", "{"), [400, "bad_json"]);
    assert.deepEqual(await refusal(url, "POST", "/start", "[]"), [400, "bad_request"]);
    const unknown = JSON.stringify({ transport: "pigeon" });
    assert.deepEqual(await refusal(url, "POST", "/start", unknown), [400, "bad_request"]);
  },

  "a client that would rather speak HTTP/2 is answered all the same": async (url) => {
    const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c" };

    assert.equal(await exchange(url, { path: "/status", headers }), 200);
  },

  "a path is decoded once, below a session too": async (url) => {
    const started = await start(url, { transport: "websocket" });
    await started.body?.cancel();
    const session = started.headers.get("x-session-id");

    for (const word of ["a/b", "100%", "50%25", "☃", "a+b", "?q", "#x", "%2e", "a\\b"]) {
      for (const base of ["", `/sessions/${session}`]) {
        const response = await fetch(`${url}${base}/words/${encodeURIComponent(word)}`);
        assert.deepEqual(await response.json(), { word }, `${word} below ${base}`);
      }
    }
  },

  "dots lead nowhere but where they point": async (url) => {
    assert.equal(await exchange(url, { path: "/nothing/../status" }), 200);
    assert.equal(await exchange(url, { path: "/nothing/%2e%2E/status" }), 200);
    assert.equal(await exchange(url, { path: "/sessions/x/../../status" }), 200);
  },

  "a body over the limit is 413, announced or not": async (url) => {
    const large = `{"body":"${"x".repeat(1_000_000)}"}`;
    const chunked = `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;

    const announced = { "content-length": String(large.length) };
    const start = { method: "POST", path: "/start" };
    assert.equal(await exchange(url, { ...start, headers: announced, body: large }), 413);
    const coding = { "transfer-encoding": "chunked" };
    assert.equal(await exchange(url, { ...start, headers: coding, body: chunked }), 413);
  },

  "a wrong method is 405 and names the right ones": async (url) => {
    const response = await fetch(`${url}/start`);

    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "POST");
    assert.equal((await response.json()).code, "wrong_method");
    assert.deepEqual(await refusal(url, "DELETE", "/status"), [405, "wrong_method"]);
  },

  "what is not there is 404, as JSON": async (url) => {
    const unknown = `/sessions/${crypto.randomUUID()}/hello`;

    assert.deepEqual(await refusal(url, "GET", "/nothing"), [404, "not_found"]);
    assert.deepEqual(await refusal(url, "GET", unknown), [404, "unknown_session"]);
  },

  "a preflight allows what the clients send": async (url) => {
    const response = await fetch(`${url}/start`, {
      method: "OPTIONS",
      headers: {
        "origin": "http://localhost:5173",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type, authorization",
      },
    });
    await response.body?.cancel();

    assert.equal(response.status, 204);
    assert.equal(
      response.headers.get("access-control-allow-origin"),
      "http://localhost:5173",
    );
    assert.match(response.headers.get("access-control-allow-headers") ?? "", /authorization/);
  },

  "pages of elsewhere are refused, in HTTP and on WebSockets": async (url) => {
    const origin = "https://page.example";

    for (const path of ["/status", "/client/", "/hello"]) {
      assert.equal(await exchange(url, { path, headers: { origin } }), 403, path);
    }
    for (const path of ["/ws", "/ws-client"]) {
      const headers = { ...HANDSHAKE, origin };
      assert.equal(await exchange(url, { path, headers }), 403, path);
    }
    assert.equal(await exchange(url, { path: "/status", headers: { origin: "null" } }), 403);
    assert.equal(
      await exchange(url, { path: "/status", headers: { origin: new URL(url).origin } }),
      200,
    );
  },

  "the user's routes are served at the root and below a session": async (url) => {
    const body = { user: "Zoë" };
    const started = await start(url, { transport: "websocket", body });
    await started.body?.cancel();
    const session = started.headers.get("x-session-id");

    const root: Hello = await (await fetch(`${url}/hello`)).json();
    const below: Hello = await (await fetch(`${url}/sessions/${session}/hello`)).json();

    assert.deepEqual(root, { running: false });
    assert.deepEqual(below, { session, body, running: false });
  },
};

/** Starts a session. */
export async function start(url: string, body: unknown): Promise<Response> {
  return await fetch(`${url}/start`, { method: "POST", body: JSON.stringify(body) });
}

async function refusal(
  url: string,
  method: string,
  path: string,
  body: string | null = null,
): Promise<[status: number, code: string]> {
  const response = await fetch(url + path, { method, body });
  return [response.status, (await response.json()).code];
}
