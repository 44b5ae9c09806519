/**
 * What every host must serve over real HTTP; each runtime's test calls it.
 */
import assert from "node:assert/strict";
import type { RunnerOptions } from "../../src/runner.ts";

/** A server under test. */
export interface Served extends AsyncDisposable {
  readonly url: string;
}

/** How a server under test is started; the suite closes it. */
export type Serve = (options: RunnerOptions) => Promise<Served>;

/** A page of one file. */
const PAGE = "<!doctype html><title>page</title>";

/** Registers the tests of a runtime. */
export function addHttpTests(runtime: string, serve: Serve): void {
  const test = (behaviour: string, act: (url: string) => Promise<void>) =>
    Deno.test(`${runtime}: ${behaviour}`, async () => {
      const index = { type: "text/html", gzip: await gzip(PAGE), immutable: false };
      const client = () => Promise.resolve({ "index.html": index });
      await using server = await serve({ client });
      await act(server.url);
    });

  test("GET /status is 200 and JSON", async (url) => {
    const response = await fetch(`${url}/status`);

    const { status, transports } = await response.json();
    assert.deepEqual([response.status, status, transports[0]], [200, "ready", "webrtc"]);
  });

  test("/ leads to the page, compressed and not", async (url) => {
    const compressed = await fetch(`${url}/`);
    const plain = await fetch(`${url}/client/`, { headers: { "accept-encoding": "identity" } });

    assert.equal(new URL(compressed.url).pathname, "/client/");
    assert.equal(await compressed.text(), PAGE);
    assert.equal(plain.headers.get("content-encoding"), null);
    assert.equal(await plain.text(), PAGE);
  });

  test("POST /start without a body starts a session", async (url) => {
    const response = await fetch(`${url}/start`, { method: "POST" });
    const { sessionId } = await response.json();

    assert.equal(response.status, 200);
    assert.equal(response.headers.get("x-session-id"), sessionId);
  });

  test("what is not JSON is 400", async (url) => {
    assert.deepEqual(await refusal(url, "POST", "/start", "{"), [400, "bad_json"]);
    assert.deepEqual(await refusal(url, "POST", "/start", "[]"), [400, "bad_request"]);
    assert.deepEqual(await refusal(url, "POST", "/api/offer", "{}"), [400, "bad_request"]);
    assert.deepEqual(await refusal(url, "PATCH", "/api/offer", "nope"), [400, "bad_json"]);
  });

  test("a body over the limit is 413, announced or not", async (url) => {
    const large = `{"body":"${"x".repeat(1_000_000)}"}`;

    assert.deepEqual(await refusal(url, "POST", "/start", large), [413, "too_large"]);
    const chunked = new Blob([large]).stream(); // without a content-length
    assert.deepEqual(await refusal(url, "POST", "/start", chunked), [413, "too_large"]);
    assert.deepEqual(await refusal(url, "POST", "/api/offer", large), [413, "too_large"]);
  });

  test("a wrong method is 405 and names the right ones", async (url) => {
    const response = await fetch(`${url}/start`);

    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "POST");
    assert.equal((await response.json()).code, "wrong_method");
    assert.deepEqual(await refusal(url, "DELETE", "/status"), [405, "wrong_method"]);
    assert.deepEqual(await refusal(url, "PUT", "/api/offer", "{}"), [405, "wrong_method"]);
  });

  test("what is not there is 404, as JSON", async (url) => {
    const unknown = `/sessions/${crypto.randomUUID()}/api/offer`;

    assert.deepEqual(await refusal(url, "GET", "/nothing"), [404, "not_found"]);
    assert.deepEqual(await refusal(url, "GET", "/client/nothing.js"), [404, "no_file"]);
    assert.deepEqual(await refusal(url, "POST", unknown, "{}"), [404, "unknown_session"]);
  });

  test("a preflight allows what the clients send", async (url) => {
    const response = await fetch(`${url}/start`, {
      method: "OPTIONS",
      headers: {
        "origin": "https://page.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type, authorization",
      },
    });
    await response.body?.cancel();

    assert.equal(response.status, 204);
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.match(response.headers.get("access-control-allow-headers") ?? "", /authorization/);
  });
}

async function refusal(
  url: string,
  method: string,
  path: string,
  body: BodyInit | null = null,
): Promise<[status: number, code: string]> {
  const response = await fetch(url + path, { method, body });
  return [response.status, (await response.json()).code];
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
