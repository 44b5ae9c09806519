import assert from "node:assert/strict";
import { asterisk } from "../../src/testing/carriers/asterisk.ts";
import { exotel } from "../../src/testing/carriers/exotel.ts";
import { plivo } from "../../src/testing/carriers/plivo.ts";
import { telnyx } from "../../src/testing/carriers/telnyx.ts";
import { twilio } from "../../src/testing/carriers/twilio.ts";
import { vonage } from "../../src/testing/carriers/vonage.ts";
import type { Message } from "../../src/core/duplex.ts";
import type { CarrierLine, SimulatedCarrier } from "../../src/testing/simulated_carrier.ts";

const PARTIES = {
  from: "+14155550199",
  to: "+14155550100",
  callId: "call-1",
  streamId: "stream-1",
  accountId: "account-1",
};
const SILENCE = new Int16Array(160);
/** 20 ms of µ-law silence. */
const MULAW = `${"/".repeat(213)}w==`;
/** 200 ms of 16-bit silence at 8 kHz. */
const L16 = btoa("\0".repeat(3200));

function lineOf(carrier: SimulatedCarrier, url = "wss://bot.test/ws"): CarrierLine {
  const order = {
    ...carrier.directStream(new URL(url), PARTIES, {}),
    parameters: { key1: "value1" },
  };
  return carrier.line(order, PARTIES);
}

function written(message: Message | undefined): unknown {
  return JSON.parse(String(message ?? "null"));
}

Deno.test("Twilio's messages are those of its documentation", () => {
  const line = lineOf(twilio);
  const streamSid = "stream-1";

  const [connected, start] = line.opening();

  assert.deepEqual(written(connected), { event: "connected", protocol: "Call", version: "1.0.0" });
  assert.deepEqual(written(start), {
    event: "start",
    sequenceNumber: "1",
    start: {
      accountSid: "account-1",
      streamSid,
      callSid: "call-1",
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
      customParameters: { key1: "value1" },
    },
    streamSid,
  });
  assert.deepEqual(written(line.media(SILENCE, "inbound")), {
    event: "media",
    sequenceNumber: "2",
    media: { track: "inbound", chunk: "1", timestamp: "0", payload: MULAW },
    streamSid,
  });
  assert.deepEqual(written(line.dtmf("A")), {
    event: "dtmf",
    sequenceNumber: "3",
    streamSid,
    dtmf: { track: "inbound_track", digit: "A" },
  });
  assert.deepEqual(written(line.mark("utt-1")), {
    event: "mark",
    sequenceNumber: "4",
    streamSid,
    mark: { name: "utt-1" },
  });
  assert.deepEqual(written(line.stop?.()), {
    event: "stop",
    sequenceNumber: "5",
    stop: { accountSid: "account-1", callSid: "call-1" },
    streamSid,
  });
});

Deno.test("Telnyx's messages are those of its documentation", () => {
  const line = lineOf(telnyx);
  const stream_id = "stream-1";

  const [connected, start] = line.opening();

  assert.deepEqual(written(connected), { event: "connected", version: "1.0.0" });
  const { start: details, ...rest } = written(start) as { start: Record<string, unknown> };
  assert.deepEqual(rest, { event: "start", sequence_number: "1", stream_id });
  assert.deepEqual({ ...details, call_session_id: "?" }, {
    user_id: "account-1",
    call_control_id: "call-1",
    call_session_id: "?",
    from: "+14155550199",
    to: "+14155550100",
    tags: [],
    client_state: null,
    custom_parameters: { key1: "value1" },
    media_format: { encoding: "PCMU", sample_rate: 8000, channels: 1 },
  });
  line.media(SILENCE, "inbound");
  assert.deepEqual(written(line.media(SILENCE, "inbound")), {
    event: "media",
    sequence_number: "3",
    media: { track: "inbound", chunk: "2", timestamp: "20", payload: MULAW },
    stream_id,
  });
  const { occurred_at, ...dtmf } = written(line.dtmf("1")) as Record<string, unknown>;
  assert.match(String(occurred_at), /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(dtmf, { event: "dtmf", sequence_number: "4", stream_id, dtmf: { digit: "1" } });
});

Deno.test("Plivo's messages are those of its documentation", () => {
  const line = lineOf(plivo);
  const streamId = "stream-1";
  const extra_headers = "key1=value1";

  const opening = line.opening();
  const media = written(line.media(SILENCE, "inbound")) as { media: Record<string, unknown> };

  assert.equal(opening.length, 1);
  assert.deepEqual(written(opening[0]), {
    event: "start",
    sequenceNumber: 1,
    start: {
      callId: "call-1",
      streamId,
      accountId: "account-1",
      tracks: ["inbound"],
      mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000 },
    },
    extra_headers,
  });
  assert.match(String(media.media["timestamp"]), /^\d{13}$/);
  assert.deepEqual({ ...media, media: { ...media.media, timestamp: "?" } }, {
    event: "media",
    sequenceNumber: 2,
    streamId,
    media: { track: "inbound", timestamp: "?", chunk: 1, payload: MULAW },
    extra_headers,
  });
  assert.deepEqual(written(line.mark("utt-1")), {
    event: "playedStream",
    sequenceNumber: 3,
    streamId,
    name: "utt-1",
    extra_headers,
  });
  assert.deepEqual(written(line.cleared?.()), {
    event: "clearedAudio",
    sequenceNumber: 4,
    streamId,
    extra_headers,
  });
  assert.equal(line.stop, undefined);
});

Deno.test("Exotel's messages are those of its documentation", () => {
  const line = lineOf(exotel, "wss://bot.test/ws?sample-rate=16000");
  const stream_sid = "stream-1";

  const [connected, start] = line.opening();

  assert.equal(line.sampleRate, 16_000);
  assert.deepEqual(written(connected), { event: "connected" });
  assert.deepEqual(written(start), {
    event: "start",
    sequence_number: "1",
    stream_sid,
    start: {
      stream_sid,
      call_sid: "call-1",
      account_sid: "account-1",
      from: "+14155550199",
      to: "+14155550100",
      custom_parameters: { key1: "value1" },
      media_format: { encoding: "audio/x-raw", sample_rate: "16000", bit_rate: "16" },
    },
  });
  assert.deepEqual(written(line.dtmf("5")), {
    event: "dtmf",
    sequence_number: "2",
    stream_sid,
    dtmf: { digit: "5", duration: "100" },
  });
});

Deno.test("Vonage's messages are those of its documentation", () => {
  const line = lineOf(vonage);

  const [connected, ...more] = line.opening();

  assert.deepEqual([more, line.stop], [[], undefined]);
  assert.deepEqual(written(connected), {
    event: "websocket:connected",
    "content-type": "audio/l16;rate=16000",
    key1: "value1",
  });
  assert.deepEqual(line.media(Int16Array.of(1, -2), "inbound"), Uint8Array.of(1, 0, 0xfe, 0xff));
  assert.deepEqual(written(line.dtmf("5")), { event: "websocket:dtmf", digit: "5", duration: 260 });
  assert.deepEqual(written(line.mark("a")), { event: "websocket:notify", payload: { name: "a" } });
  assert.deepEqual(written(line.cleared?.()), { event: "websocket:cleared" });
});

Deno.test("Asterisk's messages are those of its source", () => {
  const line = lineOf(asterisk);
  const channel_id = "call-1";

  const [start, ...more] = line.opening();

  assert.deepEqual(more, []);
  assert.deepEqual(written(start), {
    event: "MEDIA_START",
    channel_id,
    connection_id: "account-1",
    channel: "stream-1",
    format: "slin16",
    optimal_frame_size: 640,
    ptime: 20,
    channel_variables: {
      MEDIA_WEBSOCKET_CONNECTION_ID: "account-1",
      MEDIA_WEBSOCKET_OPTIMAL_FRAME_SIZE: "640",
    },
  });
  assert.deepEqual(written(line.dtmf("5")), { event: "DTMF_END", channel_id, digit: "5" });
  line.receive(`{"command":"MARK_MEDIA","correlation_id":"a"}`);
  line.receive(`{"command":"STOP_MEDIA_BUFFERING","correlation_id":"b"}`);
  assert.deepEqual(["a", "b"].map((name) => written(line.mark(name))), [
    { event: "MEDIA_MARK_PROCESSED", channel_id, correlation_id: "a" },
    { event: "MEDIA_BUFFERING_COMPLETED", channel_id, correlation_id: "b" },
  ]);
});

const TAKEN: [SimulatedCarrier, string, Message][] = [
  [twilio, "media", `{"event":"media","streamSid":"stream-1","media":{"payload":"${MULAW}"}}`],
  [twilio, "mark", `{"event":"mark","streamSid":"stream-1","mark":{"name":"a"}}`],
  [twilio, "clear", `{"event":"clear","streamSid":"stream-1"}`],
  [telnyx, "media", `{"event":"media","media":{"payload":"${MULAW}"}}`],
  [telnyx, "mark", `{"event":"mark","mark":{"name":"a"}}`],
  [telnyx, "clear", `{"event":"clear"}`],
  [
    plivo,
    "media",
    `{"event":"playAudio","streamId":"stream-1","media":{"contentType":"audio/x-mulaw","sampleRate":8000,"payload":"${MULAW}"}}`,
  ],
  [plivo, "mark", `{"event":"checkpoint","streamId":"stream-1","name":"a"}`],
  [plivo, "clear", `{"event":"clearAudio","streamId":"stream-1"}`],
  [plivo, "dtmf", `{"event":"sendDTMF","dtmf":"1234#"}`],
  [exotel, "media", `{"event":"media","stream_sid":"stream-1","media":{"payload":"${L16}"}}`],
  [exotel, "mark", `{"event":"mark","stream_sid":"stream-1","mark":{"name":"a"}}`],
  [exotel, "clear", `{"event":"clear","stream_sid":"stream-1"}`],
  [vonage, "media", new Uint8Array(640)],
  [vonage, "mark", `{"action":"notify","payload":{"name":"a"}}`],
  [vonage, "clear", `{"action":"clear"}`],
  [asterisk, "media", new Uint8Array(640 * 50)],
  [asterisk, "mark", `{"command":"STOP_MEDIA_BUFFERING","correlation_id":"a"}`],
  [asterisk, "mark", `{"command":"MARK_MEDIA","correlation_id":"a"}`],
  [asterisk, "clear", `{"command":"FLUSH_MEDIA"}`],
];
function receive(carrier: SimulatedCarrier, message: Message) {
  const line = lineOf(carrier);
  return typeof message === "string" ? line.receive(message) : line.receiveBytes?.(message);
}
for (const [carrier, type, message] of TAKEN) {
  Deno.test(`${carrier.name} takes a ${type}`, () => {
    assert.equal(receive(carrier, message)?.type, type);
  });
}

const media = (payload: string) =>
  `{"event":"media","streamSid":"stream-1","media":{"payload":"${payload}"}}`;
const exotelMedia = (bytes: number) =>
  `{"event":"media","stream_sid":"stream-1","media":{"payload":"${btoa("\0".repeat(bytes))}"}}`;
const plivoMedia = (part: string) =>
  `{"event":"playAudio","streamId":"stream-1","media":{${part},"payload":"${MULAW}"}}`;
const REFUSED: [SimulatedCarrier, string, Message][] = [
  [twilio, "what is not JSON", "hello"],
  [twilio, "a list", "[]"],
  [twilio, "an RTVI message", `{"label":"rtvi-ai","type":"bot-ready","id":"1"}`],
  [twilio, "an event that is not known", `{"event":"start","streamSid":"stream-1"}`],
  [twilio, "the stream id of another call", `{"event":"clear","streamSid":"stream-2"}`],
  [twilio, "no stream id", `{"event":"clear"}`],
  [twilio, "a field that is not known", `{"event":"clear","streamSid":"stream-1","x":1}`],
  [twilio, "a payload that is no base64", media("%%%%")],
  [twilio, "a payload in base64 for URLs", media("_-__")],
  [twilio, "a payload without padding", media("/w")],
  [twilio, "an empty payload", media("")],
  [twilio, "a WAV file", media(btoa("RIFF1234WAVE"))],
  [twilio, "a mark without name", `{"event":"mark","streamSid":"stream-1","mark":{"name":""}}`],
  [telnyx, "an id, which it does not take", `{"event":"clear","stream_id":"stream-1"}`],
  [telnyx, "less than 20 ms", `{"event":"media","media":{"payload":"${btoa("x".repeat(159))}"}}`],
  [
    telnyx,
    "more than 30 s",
    `{"event":"media","media":{"payload":"${btoa("x".repeat(240_001))}"}}`,
  ],
  [plivo, "Twilio's words", `{"event":"clear","streamId":"stream-1"}`],
  [plivo, "another content type", plivoMedia(`"contentType":"audio/x-l16","sampleRate":8000`)],
  [plivo, "another rate", plivoMedia(`"contentType":"audio/x-mulaw","sampleRate":16000`)],
  [plivo, "a rate as text", plivoMedia(`"contentType":"audio/x-mulaw","sampleRate":"8000"`)],
  [plivo, "a message of more than 64 KB", `{"event":"clearAudio","x":"${"x".repeat(65_536)}"}`],
  [plivo, "keys that are none", `{"event":"sendDTMF","dtmf":"12w"}`],
  [exotel, "less than 3200 bytes", exotelMedia(2880)],
  [exotel, "what is no multiple of 320 bytes", exotelMedia(3202)],
  [exotel, "more than 100 KB", exotelMedia(320 * 313)],
  [exotel, "the stream id of another call", `{"event":"clear","stream_sid":"x"}`],
  [vonage, "Twilio's words", `{"event":"clear"}`],
  [vonage, "a clear with more to it", `{"action":"clear","payload":{}}`],
  [vonage, "10 ms", new Uint8Array(320)],
  [vonage, "half a sample", new Uint8Array(639)],
  [vonage, "no audio", new Uint8Array(0)],
  [asterisk, "plain text", "FLUSH_MEDIA"],
  [asterisk, "a mark without id", `{"command":"MARK_MEDIA"}`],
  [asterisk, "a long command", `{"command":"MARK_MEDIA","correlation_id":"${"x".repeat(99)}"}`],
  [asterisk, "half a frame more", new Uint8Array(640 + 320)],
  [asterisk, "more than 65 535 bytes", new Uint8Array(640 * 103)],
];
for (const [carrier, name, message] of REFUSED) {
  Deno.test(`${carrier.name} refuses ${name}`, () => {
    assert.throws(() => receive(carrier, message), { name: "Violation" });
  });
}

const xml = (text: string) => ({ contentType: "text/xml", text });
const connect = (attributes: string, inside = "") =>
  xml(`<Response><Connect><Stream ${attributes}>${inside}</Stream></Connect></Response>`);
const TELNYX = `url="wss://h/ws" bidirectionalMode="rtp"`;
const PLIVO = `bidirectional="true" contentType="audio/x-mulaw;rate=8000"`;

Deno.test("what an answer asks for is read", () => {
  const parameters = `<Parameter name="from_number" value="+1"/>`;

  const twilioOrder = twilio.webhook!.readAnswer(connect(`url="wss://h/ws/t"`, parameters));
  const telnyxOrder = telnyx.webhook!.readAnswer(
    connect(`${TELNYX} codec="PCMA" bidirectionalCodec="PCMA"`, parameters),
  );
  const plivoOrder = plivo.webhook!.readAnswer(xml(
    `<Response><Stream bidirectional="true" contentType="audio/x-l16;rate=16000"
      extraHeaders="a=1;b=2">wss://h/ws?x=1&amp;y=2</Stream></Response>`,
  ));
  const exotelOrder = exotel.webhook!.readAnswer({
    contentType: "application/json",
    text: `{"url":"wss://h/ws?sample-rate=24000&k=v"}`,
  });

  assert.deepEqual(twilioOrder.parameters, { from_number: "+1" });
  assert.equal(twilioOrder.url.href, "wss://h/ws/t");
  assert.equal(telnyxOrder.encoding, "alaw");
  assert.deepEqual(
    [plivoOrder.encoding, plivoOrder.sampleRate, plivoOrder.url.search, plivoOrder.parameters],
    ["l16", 16_000, "?x=1&y=2", { a: "1", b: "2" }],
  );
  assert.deepEqual([exotelOrder.sampleRate, exotelOrder.parameters], [24_000, { k: "v" }]);
});

const json = (value: unknown) => ({
  contentType: "application/json",
  text: JSON.stringify(value),
});
const WEBSOCKET = { type: "websocket", uri: "wss://h/ws", "content-type": "audio/l16;rate=16000" };
const ncco = (endpoint: unknown) => json([{ action: "connect", endpoint: [endpoint] }]);
const BAD_ANSWERS: [SimulatedCarrier, string, { contentType: string; text: string }, string][] = [
  [twilio, "JSON", { contentType: "application/json", text: "{}" }, "bad_answer"],
  [twilio, "XML that is not well-formed", xml("<Response>"), "bad_answer"],
  [twilio, "another root", xml("<Answer/>"), "bad_answer"],
  [twilio, "an address with a query", connect(`url="wss://h/ws?token=t"`), "bad_answer"],
  [twilio, "an address of a page", connect(`url="https://h/ws"`), "bad_answer"],
  [twilio, "both tracks", connect(`url="wss://h/ws" track="both_tracks"`), "bad_answer"],
  [twilio, "Telnyx's attributes", connect(TELNYX), "bad_answer"],
  [twilio, "a rejection", xml(`<Response><Reject/></Response>`), "call_refused"],
  [twilio, "an empty response", xml(`<Response/>`), "call_refused"],
  [telnyx, "the mode for MP3", connect(`url="wss://h/ws"`), "bad_answer"],
  [
    telnyx,
    "two codecs",
    connect(`${TELNYX} codec="PCMA" bidirectionalCodec="PCMU"`),
    "bad_answer",
  ],
  [
    plivo,
    "a stream to listen only",
    xml("<Response><Stream>wss://h</Stream></Response>"),
    "bad_answer",
  ],
  [
    plivo,
    "no content type",
    xml(`<Response><Stream bidirectional="true">wss://h/ws</Stream></Response>`),
    "bad_answer",
  ],
  [
    plivo,
    "attributes that its SDK refuses",
    xml(`<Response><Stream ${PLIVO} url="wss://h/ws">wss://h/ws</Stream></Response>`),
    "bad_answer",
  ],
  [plivo, "a hang-up", xml("<Response><Hangup/></Response>"), "call_refused"],
  [exotel, "XML", xml("<Response/>"), "bad_answer"],
  [exotel, "JSON without url", { contentType: "application/json", text: "{}" }, "bad_answer"],
  [
    exotel,
    "four parameters",
    { contentType: "application/json", text: `{"url":"wss://h/ws?a=1&b=2&c=3&d=4"}` },
    "bad_answer",
  ],
  [vonage, "XML", xml("<Response/>"), "bad_answer"],
  [vonage, "an object", json({ action: "connect" }), "bad_answer"],
  [vonage, "a phone to connect", ncco({ type: "phone", number: "1" }), "bad_answer"],
  [vonage, "G.711", ncco({ ...WEBSOCKET, "content-type": "audio/x-mulaw" }), "bad_answer"],
  [vonage, "a field that is not known", ncco({ ...WEBSOCKET, url: "wss://h/ws" }), "bad_answer"],
  [vonage, "long headers", ncco({ ...WEBSOCKET, headers: { a: "x".repeat(2000) } }), "bad_answer"],
  [vonage, "words alone", json([{ action: "talk", text: "Closed." }]), "call_refused"],
  [vonage, "nothing", json([]), "call_refused"],
];
for (const [carrier, name, answer, code] of BAD_ANSWERS) {
  Deno.test(`${carrier.name} takes an answer with ${name} as ${code}`, () => {
    assert.throws(() => carrier.webhook!.readAnswer(answer), { code });
  });
}
