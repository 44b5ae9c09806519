import assert from "node:assert/strict";
import { failuresOf } from "../../src/core/failures.ts";
import { captureServer } from "./oracles.ts";
import {
  assertSecretless,
  CALLS,
  environment,
  type HangsUp,
  hangUp,
  rejection,
  SID,
  SUCCESS,
} from "./hang_up.ts";

Deno.test("a call that has ended already is no error", async () => {
  const answers: [HangsUp, () => Response][] = [
    ["twilio", () => Response.json({ code: 20404, message: "not found" }, { status: 404 })],
    ["twilio", () => Response.json({ code: 21220, message: "not in progress" }, { status: 400 })],
    [
      "telnyx",
      () => Response.json({ errors: [{ code: "90018", title: "ended" }] }, { status: 422 }),
    ],
    ["plivo", () => Response.json({ error: "not found" }, { status: 404 })],
  ];
  for (const [name, answer] of answers) {
    await using server = captureServer([answer]);
    await hangUp(name, environment(server.origin), CALLS[name]);
    assert.equal(server.requests.length, 1);
  }
});

Deno.test("a refusal is an error that says what to check and repeats no secret", async () => {
  const answers: [HangsUp, number, unknown, RegExp][] = [
    ["twilio", 401, { code: 20003, message: `no ${SID}` }, /20003.*TWILIO_AUTH_TOKEN/],
    ["twilio", 404, "<html>", /responded with 404/],
    ["twilio", 400, { code: 20001 }, /400 \(code 20001\)/],
    ["telnyx", 403, { errors: [{ code: "10010" }] }, /10010.*TELNYX_API_KEY/],
    ["telnyx", 422, { errors: [{ code: "90015" }] }, /422 \(code 90015\)/],
    ["telnyx", 404, { errors: "KEYtelnyx" }, /responded with 404/],
    ["plivo", 401, "nope", /PLIVO_AUTH_TOKEN/],
    ["plivo", 302, "", /responded with 302/],
  ];
  for (const [name, status, body, expected] of answers) {
    const headers = { location: "https://elsewhere.example.com/" };
    await using server = captureServer([() => Response.json(body, { status, headers })]);

    const error = await rejection(hangUp(name, environment(server.origin), CALLS[name]));

    assert.equal(error.code, "hang_up_failed");
    assert.match(error.message, expected);
    assert.equal(server.requests.length, 1, "it makes no sense to ask again");
    assertSecretless(error);
  }
});

Deno.test("a carrier that is not able to answer is asked three times", async () => {
  const busy = () => new Response("busy", { status: 503 });
  const many = () => new Response("many", { status: 429 });
  await using recovering = captureServer([busy, many, SUCCESS.plivo]);
  await using down = captureServer([busy]);

  const before = failedHangUps();
  await hangUp("plivo", environment(recovering.origin), CALLS.plivo);
  const error = await rejection(hangUp("plivo", environment(down.origin), CALLS.plivo));

  assert.equal(failedHangUps(), before + 1, "a command is counted as failed once it is given up");
  assert.equal(recovering.requests.length, 3);
  assert.equal(down.requests.length, 3);
  assert.match(error.message, /responded with 503/);
});

/** How many calls of Plivo could not be hung up so far. */
function failedHangUps(): number {
  const found = failuresOf("carrier").find(({ labels }) => labels.join() === "plivo,hang_up");
  return found?.count ?? 0;
}

Deno.test("a carrier that cannot be reached is an error that names no address", async () => {
  const gone = captureServer([SUCCESS.twilio]);
  await gone[Symbol.asyncDispose]();

  const error = await rejection(hangUp("twilio", environment(gone.origin), CALLS.twilio));

  assert.equal(error.code, "hang_up_failed");
  assert.match(error.message, /Twilio did not respond/);
  assert.equal(error.cause, undefined);
  assertSecretless(error);
});

Deno.test("an abort ends a request, and the wait before the next one", async () => {
  const stuck = Promise.withResolvers<Response>();
  await using server = captureServer([() => stuck.promise]);
  await using busy = captureServer([() => new Response("busy", { status: 503 })]);
  const controllers = [new AbortController(), new AbortController()] as const;

  const both = [
    rejection(hangUp("telnyx", environment(server.origin), CALLS.telnyx, controllers[0].signal)),
    rejection(hangUp("telnyx", environment(busy.origin), CALLS.telnyx, controllers[1].signal)),
  ];
  while (server.requests.length + busy.requests.length < 2) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const began = performance.now();
  for (const controller of controllers) controller.abort();
  const errors = await Promise.all(both);
  stuck.resolve(new Response());

  assert.ok(performance.now() - began < 200);
  for (const error of errors) assert.equal(error.code, "hang_up_failed");
  assert.equal(busy.requests.length, 1);
});
