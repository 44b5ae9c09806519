import assert from "node:assert/strict";
import fc from "fast-check";
import twilio from "twilio";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { element, xmlResponse } from "../../src/ways/phone/carriers/xml.ts";
import { parseXml, plivoSdk, type Tree } from "./oracles.ts";

const URL_WITH_TOKEN = "wss://bot.example.com/ws/T0k-en_1?a=1&b=2";

const HOSTILE: Record<string, string> = {
  from_number: "+14155550199",
  to_number: "+14155550100",
  quote: `"/><Hangup/><x y="`,
  apostrophe: `' onload='x`,
  entity: "&amp; &#60; ]]> <!-- -->",
  space: " a\tb\nc\r\nd ",
  text: "Grüße, 你好 🎉",
  "a name <&>\"'": "1",
  empty: "",
};

async function body(response: Response): Promise<string> {
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/xml");
  return await response.text();
}

/** What `<Connect><Stream>` should be. */
function connectTree(attributes: Record<string, string>, parameters: Record<string, string>): Tree {
  const children = Object.entries(parameters).map(([name, value]) => (
    { name: "Parameter", attributes: { name, value }, children: [] }
  ));
  const stream = { name: "Stream", attributes, children };
  const connect = { name: "Connect", attributes: {}, children: [stream] };
  return { name: "Response", attributes: {}, children: [connect] };
}

Deno.test("Twilio's answer is the tree that its own builder makes", async () => {
  const { space: _, ...parameters } = HOSTILE; // their builder loses tabs and line ends
  const theirs = new twilio.twiml.VoiceResponse();
  const stream = theirs.connect().stream({ url: URL_WITH_TOKEN });
  for (const [name, value] of Object.entries(parameters)) stream.parameter({ name, value });

  const ours = CARRIERS.twilio.webhook!.answer({ callId: "c1", url: URL_WITH_TOKEN, parameters });

  assert.deepEqual(parseXml(await body(ours)), parseXml(theirs.toString()));
});

Deno.test("hostile parameters reach Twilio as they are", async () => {
  const answer = CARRIERS.twilio.webhook!.answer({
    callId: "c1",
    url: URL_WITH_TOKEN,
    parameters: HOSTILE,
  });

  assert.deepEqual(
    parseXml(await body(answer)),
    connectTree({ url: URL_WITH_TOKEN }, HOSTILE),
  );
});

Deno.test("Twilio's refusal is the tree that its own builder makes", async () => {
  const spoken = new twilio.twiml.VoiceResponse();
  spoken.say("We are <closed> & asleep.");
  spoken.hangup();
  const silent = new twilio.twiml.VoiceResponse();
  silent.reject({ reason: "rejected" });

  const ours = [
    CARRIERS.twilio.webhook!.refuse("We are <closed> & asleep."),
    CARRIERS.twilio.webhook!.refuse(""),
  ];

  assert.deepEqual(parseXml(await body(ours[0]!)), parseXml(spoken.toString()));
  assert.deepEqual(parseXml(await body(ours[1]!)), parseXml(silent.toString()));
});

Deno.test("Telnyx's answer pins the codec in both directions", async () => {
  const answer = CARRIERS.telnyx.webhook!.answer({
    callId: "c1",
    url: URL_WITH_TOKEN,
    parameters: HOSTILE,
  });

  const tree = parseXml(await body(answer));

  const attributes = {
    url: URL_WITH_TOKEN,
    track: "inbound_track",
    codec: "PCMU",
    bidirectionalMode: "rtp",
    bidirectionalCodec: "PCMU",
    bidirectionalSamplingRate: "8000",
  };
  assert.deepEqual(tree, connectTree(attributes, HOSTILE));
  const refusal = parseXml(await body(CARRIERS.telnyx.webhook!.refuse("Not now.")));
  assert.deepEqual(refusal.children.map((one) => typeof one === "string" ? one : one.name), [
    "Say",
    "Hangup",
  ]);
});

Deno.test("Plivo's answer is the tree that its own builder makes of the same attributes", async () => {
  const parameters = { plain: "1a", from_number: "14155550199" };
  const xml = await body(
    CARRIERS.plivo.webhook!.answer({ callId: "c1", url: URL_WITH_TOKEN, parameters }),
  );
  const ours = parseXml(xml);
  const [stream] = ours.children;
  assert.ok(typeof stream === "object");

  const theirs = new plivoSdk.Response();
  theirs.addStream(URL_WITH_TOKEN, stream.attributes); // throws on an attribute it does not know

  assert.deepEqual(ours, parseXml(theirs.toXML()));
  const { extraHeaders, ...attributes } = stream.attributes;
  assert.match(extraHeaders ?? "", /^plain=1a,pipecat=[0-9a-f]+$/);
  assert.deepEqual(attributes, {
    bidirectional: "true",
    keepCallAlive: "true",
    audioTrack: "inbound",
    contentType: "audio/x-mulaw;rate=8000",
  });
  assert.throws(() => new plivoSdk.Response().addStream("wss://x", { url: "wss://x" }));
});

Deno.test("Plivo's answer without parameters has no headers", async () => {
  const answer = CARRIERS.plivo.webhook!.answer({
    callId: "c1",
    url: URL_WITH_TOKEN,
    parameters: {},
  });

  const [stream] = parseXml(await body(answer)).children;

  assert.ok(typeof stream === "object" && !("extraHeaders" in stream.attributes));
});

Deno.test("Plivo's refusal is the tree that its own builder makes", async () => {
  const spoken = new plivoSdk.Response();
  spoken.addSpeak("We are closed & asleep.");
  spoken.addHangup({});
  const silent = new plivoSdk.Response();
  silent.addHangup({ reason: "rejected" });

  const ours = [
    CARRIERS.plivo.webhook!.refuse("We are closed & asleep."),
    CARRIERS.plivo.webhook!.refuse(""),
  ];

  assert.deepEqual(parseXml(await body(ours[0]!)), parseXml(spoken.toXML()));
  assert.deepEqual(parseXml(await body(ours[1]!)), parseXml(silent.toXML()));
});

Deno.test("Exotel is answered with the address, and refused with a status", async () => {
  const answer = CARRIERS.exotel.webhook!.answer({
    callId: "c1",
    url: URL_WITH_TOKEN,
    parameters: HOSTILE,
  });
  const refusal = CARRIERS.exotel.webhook!.refuse("Not now.");

  assert.deepEqual(await answer.json(), { url: URL_WITH_TOKEN });
  assert.equal(answer.status, 200);
  assert.equal(refusal.status, 403);
  assert.deepEqual(await refusal.json(), { error: "Not now." });
});

Deno.test("whatever is put into XML comes out of a strict parser as it was", async () => {
  // XML 1.0 cannot hold these, and they become U+FFFD.
  // deno-lint-ignore no-control-regex -- these are the characters meant
  const impossible = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
  const possible = (text: string) => text.toWellFormed().replace(impossible, "\ufffd");
  const unit = fc.oneof(
    fc.constantFrom(..."<>&\"'\t\r\n\0]-\ufffe\ud800"),
    fc.string({ unit: "binary" }),
  );
  const text = fc.array(unit, { maxLength: 12 }).map((parts) => parts.join(""));

  await fc.assert(
    fc.asyncProperty(text, text, async (value, content) => {
      const response = xmlResponse(element("a", { value }, element("b"), content));
      const tree = parseXml(await response.text());
      assert.equal(tree.attributes.value, possible(value));
      assert.equal(
        tree.children.filter((one) => typeof one === "string").join(""),
        possible(content),
      );
    }),
    { numRuns: 10_000 },
  );
});
