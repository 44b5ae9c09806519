/**
 * What a line of the log must not show, and what it must.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createRedact, redactJson } from "../../src/cli/redact.ts";

const TOKEN = "0a1b2c3d4e5f0a1b2c3d4e5f0a1b2c3d4e5f0a1b2c3d4e5f";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

/** Lines, and the part of each that must go. */
const SECRETS: readonly (readonly [line: string, needle: string])[] = [
  ["A call of +15551234567 came", "5551234567"],
  ["A call of +49 (30) 123-4567 came", "4567"],
  ["GET /twilio?From=%2B15551234567&To=x", "5551234567"],
  ['{"From":"15551234567"}', "15551234567"],
  ["{ from: '15551234567', to: 'x' }", "15551234567"],
  [`{"text":"{\\"from_number\\":\\"15551234567\\"}"}`, "15551234567"],
  ["CallFrom=09876543210&x=1", "09876543210"],
  ["{ wa_phone_number: 15551234567 }", "15551234567"],
  ["Refused by sip:anna.b@pbx.example.com:5060", "anna.b"],
  ["tel:15551234567;phone-context=x", "5551234567"],
  ["Authorization: Bearer sk-proj-abc123", "abc123"],
  ["authorization: Basic QUM6c2VjcmV0", "QUM6c2Vj"],
  [`Opened wss://bot.test/ws/${TOKEN}`, TOKEN],
  [`Opened wss://bot.test/ws-client/${TOKEN}`, TOKEN],
  ["GET /ws/c2Vzc2lvbjoxNzAwMDAwMDAwOmFiYw-_ 404", "c2Vzc2lvbjox"],
  ["GET /ws-client?token=abc.def&x=1", "abc.def"],
  ["GET https://x.test/?access_token=abcdef", "abcdef"],
  ["GET /ws-client?body=eyJ1c2VyIjoiYW5uYSJ9", "eyJ1c2VyIjoi"],
  [`The token ${JWT} is too old`, "dozjgNryP4J3"],
  ["{ apiKey: 'hunter2hunter2' }", "hunter2"],
  [`{"body":"{\\"password\\": \\"hunter2\\"}"}`, "hunter2"],
  ["redis://user:hunter2@10.0.0.1:6379/0", "hunter2"],
  ["a=ice-pwd:b6818b95623aa7779bef9f\\r\\na=setup:active", "b6818b95623a"],
  ["a=fingerprint:sha-256 AB:CD:EF\r\n", "AB:CD"],
  ["a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGw", "WVNfX19z"],
];

/** Lines in which there is nothing to hide. */
const HARMLESS: readonly string[] = [
  'Session "ad1d8c58-d2d3-46cb-b70e-f0dc71af4a27" began on "twilio"',
  "6c1f09d2a4b7-00112233445566778899aabb-ffeeddccbbaa998877665544",
  "pc_ad1d8c58-d2d3-46cb-b70e-f0dc71af4a27",
  '{"@timestamp":"2026-11-23T15:19:24.484Z","level":"INFO"}',
  "2026-01-02T03:04:05+01:00 info",
  "Mon Nov 23 2026 15:19:24 GMT+0100",
  "http://localhost:7860/client/ and [::1]:50000",
  "at bot (file:///home/me/bot.ts:1234567:15)",
  "at bot (file:///home/me/ws/bot.ts:12:5)",
  "at async Server.<anonymous> (/home/me/node_modules/ws/lib/websocket-server.js:120:5)",
  "at file:///home/me/ws/a-rather-long-name-of-a-folder/and_a_rather_long_name_of_a_file.ts:1:2",
  "There is no folder /home/me/ws/recordings to serve",
  '{"seconds":1700000000,"ms":1700000000123,"bytes":1048576}',
  "the ports from: 50000 to: 50100",
  "Basic training of a bearer took 12 ms",
  "CA0123456789abcdef0123456789abcdef",
  "1.5e+12345678 and a+1",
  "candidate:1 1 udp 2130706431 192.168.1.2 50000 typ host",
];

Deno.test("secrets and numbers go, by their shape", () => {
  const redact = createRedact({});

  for (const [line, needle] of SECRETS) {
    assert.ok(line.includes(needle));
    assert.ok(!redact(line).includes(needle), redact(line));
    assert.match(redact(line), /\[redacted\]/);
  }
});

Deno.test("ids of sessions, times and ports stay", () => {
  const redact = createRedact({});

  for (const line of HARMLESS) assert.equal(redact(line), line);
});

Deno.test("the secrets of the environment go by their values, however they are written", () => {
  const secret = `p"ss w\\rd/ä`;
  const environment = { MY_API_TOKEN: secret, OPENAI_API_KEY: "plain-secret", USER: "anna-maria" };
  const redact = createRedact(environment, ["turn-credential"]);

  const text = redact(`${secret} plain-secret ${encodeURIComponent(secret)} turn-credential`);
  const json = redactJson(JSON.stringify({ text: secret }), redact);

  assert.equal(text, "[redacted] [redacted] [redacted] [redacted]");
  assert.equal(json, `{"text":"[redacted]"}`);
  assert.equal(redact("anna-maria"), "anna-maria");
});

Deno.test("in JSON a field's name tells what its value is", () => {
  const value = {
    apiKey: "x",
    call: { from: 15551234567, To: "+1 5" },
    port: 15551234567,
    n: null,
  };

  const json = redactJson(JSON.stringify(value), createRedact({}));

  assert.deepEqual(JSON.parse(json), {
    apiKey: "[redacted]",
    call: { from: "[redacted]", To: "+1 5" },
    port: 15551234567,
    n: null,
  });
});

Deno.test("JSON stays JSON", () => {
  const redact = createRedact({ MY_TOKEN: `quote"back\\slash` });
  const part = fc.constantFrom(
    ...SECRETS.map(([line]) => line),
    ...HARMLESS,
    `quote"back\\slash`,
    "\\",
    '"',
    "+1555",
    "token=",
  );
  const texts = fc.oneof(fc.string(), fc.array(part).map((parts) => parts.join("")));

  fc.assert(fc.property(fc.dictionary(texts, fc.array(texts)), (value) => {
    const parsed = JSON.parse(redactJson(JSON.stringify(value), redact));
    assert.equal(typeof parsed, "object");
  }));
});

Deno.test("a hostile line takes no longer than a long one", () => {
  const redact = createRedact({});
  const parts = [
    "a-",
    "eyJ-",
    "eyJa.",
    "token-",
    "sip:",
    "fingerprint:",
    "+1 ",
    "Bearer ",
    "://a",
    "?key",
  ];

  for (const part of [...parts, "phone", "'", "\\", "1", "from ", "from:"]) {
    const line = part.repeat(100_000 / part.length);
    const began = performance.now();
    redact(line);
    assert.ok(performance.now() - began < 1000, `${part}: ${performance.now() - began} ms`);
  }
});
