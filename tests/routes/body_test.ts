import assert from "node:assert/strict";
import fc from "fast-check";
import { bodyJson, readBytes, readText } from "../../src/http/body.ts";
import { createRunner } from "../../src/runner.ts";

/** A request whose body comes in these pieces, and then ends or fails. */
function streamed(pieces: readonly string[], failure?: Error, headers: HeadersInit = {}): Request {
  const encoder = new TextEncoder();
  const waiting = [...pieces];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = waiting.shift();
      if (piece !== undefined) controller.enqueue(encoder.encode(piece));
      else if (failure) controller.error(failure);
      else controller.close();
    },
  });
  const init = { method: "POST", body, headers, duplex: "half" };
  return new Request("http://bot.test/start", init);
}

const code = (expected: string) => (error: { code?: string }) => error.code === expected;

Deno.test("a body is read whole, however it is cut into pieces", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), async (pieces) => {
    assert.equal(await readText(streamed(pieces), 100_000), pieces.join("").replace(/^\ufeff/, ""));
  }));
});

Deno.test("a body may be as large as the limit, and not a byte larger", async () => {
  const told = (length: string) => streamed(["12345"], undefined, { "content-length": length });

  assert.equal((await readBytes(streamed(["123", "45"]), 5)).length, 5);
  assert.equal((await readBytes(told("5"), 5)).length, 5);
  await assert.rejects(readBytes(streamed(["123", "456"]), 5), code("too_large"));
  await assert.rejects(readBytes(told("6"), 5), code("too_large"));
});

Deno.test("a body that breaks off is the client's fault", async () => {
  const failure = new Error("connection reset");

  for (const headers of [{}, { "content-length": "10" }]) {
    const response = await createRunner(() => {}).fetch(streamed(['{"body":'], failure, headers));

    assert.equal(response.status, 400);
    assert.equal((await response.json()).code, "body_cut");
  }
});

Deno.test("JSON that is nested too deeply to be written again is refused", async () => {
  const arrays = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  const post = (path: string, json: string) =>
    createRunner(() => {}).fetch(
      new Request(`http://bot.test${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: json,
      }),
    );

  const start = await post("/start", `{"transport":"twilio","body":${arrays(50_000)}}`);
  const webhook = await post("/telnyx", `{"CallSid":"CA1","deep":${arrays(20_000)}}`);
  const shallow = await post("/start", `{"transport":"twilio","body":${arrays(200)}}`);

  assert.deepEqual([start.status, webhook.status, shallow.status], [400, 400, 200]);
  assert.equal((await start.json()).code, "bad_json");
});

Deno.test("brackets in text are no levels", () => {
  const text = `${"[{".repeat(1000)}\\"${"[".repeat(1000)}`;

  assert.deepEqual(bodyJson(JSON.stringify({ text })), { text });
});

Deno.test("a body that does not end is not waited for", async () => {
  const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  const init = { method: "POST", body, duplex: "half" };
  const request = new Request("http://bot.test/start", init);

  await assert.rejects(readBytes(request, 5, 10), (error: { code: string; status: number }) => {
    assert.deepEqual([error.code, error.status], ["body_late", 408]);
    return true;
  });
});
