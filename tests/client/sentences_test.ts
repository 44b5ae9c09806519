import assert from "node:assert/strict";
import {
  botSentence,
  deviceErrorType,
  microphoneSentence,
  outcomeSentence,
  startSentence,
} from "../../client/src/session/sentences.ts";

Deno.test("what getUserMedia throws becomes advice", () => {
  const denied = deviceErrorType(new DOMException("no", "NotAllowedError"));
  const missing = deviceErrorType(new DOMException("no", "NotFoundError"));
  const insecure = deviceErrorType(
    new TypeError("navigator.mediaDevices is undefined"),
  );

  assert.match(microphoneSentence(denied), /blocked/);
  assert.match(microphoneSentence(missing), /No microphone/);
  assert.match(microphoneSentence(insecure), /https/);
  assert.equal(deviceErrorType("something else"), "unknown");
});

Deno.test("a call that cannot start says why", () => {
  const unreachable = new TypeError("Failed to fetch");
  const refused = new Error("Transport 'webrtc' is not enabled here.");
  const stranger = new SyntaxError("Unexpected token '<'");

  assert.match(startSentence(unreachable), /does not answer/);
  assert.match(startSentence(refused), /refused the call: .* not enabled here/);
  assert.match(startSentence(stranger), /other than the runner/);
});

Deno.test("a bot's error is passed on, whatever it looks like", () => {
  assert.match(botSentence({ message: "no key", fatal: true }), /no key/);
  assert.match(botSentence({ error: "no key" }), /no key/);
  assert.equal(botSentence(undefined), "The bot failed.");
  assert.equal(botSentence({ message: 7 }), "The bot failed.");
});

Deno.test("how a recorded session ended is said as a person would", () => {
  assert.equal(outcomeSentence("returned"), "The bot has finished.");
  assert.equal(outcomeSentence("left"), "The caller hung up.");
  assert.equal(outcomeSentence("of a newer runner"), "The call has ended.");
  assert.equal(outcomeSentence(undefined), "The call has ended.");
});
