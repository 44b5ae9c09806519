import assert from "node:assert/strict";
import { available, needOf } from "../../client/src/session/availability.ts";
import {
  linkTo,
  loadSettings,
  parseBody,
  saveSettings,
  shareable,
  startHeaders,
  withoutToken,
} from "../../client/src/session/settings.ts";

function storage(text: string | null = null) {
  return {
    text,
    getItem: () => text,
    setItem(_key: string, value: string) {
      this.text = value;
    },
  };
}

Deno.test("a link reproduces the setting", () => {
  const settings = {
    ...loadSettings("", storage()),
    transport: "phone",
    carrier: "plivo",
    body: '{"a": "& ü"}',
    stun: true,
  } as const;

  const { hash } = new URL(linkTo(settings, "http://localhost:7860/client/"));

  assert.deepEqual(loadSettings(hash, storage()), settings);
});

Deno.test("settings are remembered, and a link comes first", () => {
  const kept = storage();
  saveSettings({ ...loadSettings("", storage()), transport: "websocket", body: "[1]" }, kept);

  const again = loadSettings("", storage(kept.text));
  const linked = loadSettings("#transport=phone", storage(kept.text));

  assert.deepEqual([again.transport, again.body], ["websocket", "[1]"]);
  assert.deepEqual([linked.transport, linked.body], ["phone", "[1]"]);
});

Deno.test("broken memory and unknown names are the same as none", () => {
  const usual = loadSettings("", storage());

  assert.deepEqual(loadSettings("#transport=carrier+pigeon", storage("{")), usual);
  assert.deepEqual(loadSettings("", storage("[5]")), usual);
  assert.deepEqual(loadSettings("", storage('{"body":5,"carrier":null}')), usual);
});

Deno.test("the body has to be JSON; none is an empty object", () => {
  assert.deepEqual(parseBody(" "), { body: {} });
  assert.deepEqual(parseBody("[1]"), { body: [1] });
  assert.ok("problem" in parseBody("{a}"));
});

Deno.test("what is off says what it needs", () => {
  assert.equal(needOf("daily", ["webrtc", "twilio"]), "Needs DAILY_API_KEY");
  assert.equal(needOf("webrtc", ["plivo"]), "Runner serves plivo only");
  assert.equal(needOf("phone", ["plivo"]), undefined);
  assert.equal(needOf("phone", undefined), undefined, "not known yet");
});

Deno.test("the start token comes by the runner's link, is remembered, and leaves by none", () => {
  const page = "http://localhost:7860/client/#transport=websocket&token=pk_a%2Bb";
  const settings = loadSettings(new URL(page).hash, storage());
  const kept = storage();
  saveSettings(settings, kept);

  const again = loadSettings("", storage(kept.text));
  assert.deepEqual([settings.startToken, again.startToken], ["pk_a+b", "pk_a+b"]);
  assert.equal(withoutToken(page), "http://localhost:7860/client/#transport=websocket");
  assert.equal(
    withoutToken("http://localhost:7860/client/#token=a"),
    "http://localhost:7860/client/",
  );
  assert.equal(withoutToken("http://localhost:7860/client/#transport=phone"), undefined);
  for (
    const shared of [
      linkTo(settings, page.split("#")[0] ?? ""),
      JSON.stringify(shareable(settings)),
    ]
  ) {
    assert.ok(!shared.includes("pk_a"));
  }
});

Deno.test("a request that begins a call brings the start token, if there is one", () => {
  const settings = loadSettings("", storage());

  assert.deepEqual([...startHeaders(settings)], []);
  assert.deepEqual([...startHeaders({ ...settings, startToken: "pk_a" })], [
    ["authorization", "Bearer pk_a"],
  ]);
});

Deno.test("where the chosen way is not on, another one is chosen; a carrier, too", () => {
  const choice = { transport: "webrtc", carrier: "twilio" } as const;

  assert.deepEqual(available(choice, ["webrtc", "twilio", "websocket"]), choice);
  assert.deepEqual(available(choice, ["telnyx"]), { transport: "phone", carrier: "telnyx" });
  assert.deepEqual(available(choice, ["websocket"]), { ...choice, transport: "websocket" });
  assert.deepEqual(available(choice, ["livekit"]), { ...choice, transport: "livekit" });
  assert.deepEqual(available(choice, ["eval"]), choice, "none of the page's is on");
});
