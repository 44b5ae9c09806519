import assert from "node:assert/strict";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** A form that a call's own request has too. */
const PARTIES = { From: "+14155550199", To: "+14155550100", ApiVersion: "2010-04-01" };

/** What each carrier that asks calls the id of a call. */
const ID = {
  twilio: "CallSid",
  telnyx: "CallSid",
  plivo: "CallUUID",
  exotel: "CallSid",
  vonage: "uuid",
} as const;

/** What each carrier's documents say is sent beside the request for a document. */
const CALLBACKS: Readonly<Record<keyof typeof ID, readonly Parameters[]>> = {
  twilio: [
    ...["initiated", "ringing", "in-progress"].map((CallStatus, number) => ({
      ...PARTIES,
      CallStatus,
      CallbackSource: "call-progress-events",
      SequenceNumber: String(number),
    })),
    { ...PARTIES, CallStatus: "initiated" },
    ...["stream-started", "stream-stopped", "stream-error"].map((StreamEvent) => ({ StreamEvent })),
    { AnsweredBy: "human", MachineDetectionDuration: "2100" },
    { AnsweredBy: "machine_start" },
    { RecordingSid: "RE1", RecordingStatus: "in-progress", RecordingUrl: "https://x.test/1" },
    { ...PARTIES, CallStatus: "in-progress", RecordingSid: "RE1", RecordingStatus: "completed" },
    { TranscriptionSid: "TR1", TranscriptionText: "hello", TranscriptionStatus: "completed" },
    ...["started", "content", "stopped", "error"].map((event) => ({
      TranscriptionEvent: `transcription-${event}`,
    })),
    { ConferenceSid: "CF1", StatusCallbackEvent: "participant-join" },
    { SiprecEvent: "siprec-started" },
    { UserDefinedMessageSid: "KX1", Content: "{}" },
  ],
  telnyx: [
    ...["initiated", "ringing", "answered", "in-progress"].map((CallStatus) => ({
      ...PARTIES,
      CallStatus,
      CallbackSource: "call-progress-events",
    })),
    { ...PARTIES, CallStatus: "answered" },
    { AnsweredBy: "human", MachineDetectionDuration: "2500", ConnectionId: "1" },
    { ...PARTIES, AnsweredBy: "machine_end_beep", CallStatus: "in-progress" },
    { RecordingSid: "r", RecordingStatus: "completed", RecordingUrl: "https://x.test/1" },
    ...["stream-started", "stream-stopped", "stream-error"].map((StreamEvent) => ({ StreamEvent })),
    { TranscriptionEvent: "transcription-content" },
    { ConferenceSid: "c", StatusCallbackEvent: "participant-leave" },
  ],
  plivo: [
    ...["Ring", "MachineDetection", "DTMF", "StartStream", "StopStream", "DroppedStream"].map(
      (Event) => ({ ...PARTIES, Event, CallStatus: "in-progress" }),
    ),
    ...["PlayedStream", "ClearedAudio", "DegradedStream", "RecordStop", "started", "Speak"].map(
      (Event) => ({ ...PARTIES, Event, StreamID: "s" }),
    ),
    { Machine: "true", CallStatus: "in-progress" },
    { RecordUrl: "https://x.test/1", RecordingID: "r" },
    { ConferenceAction: "enter", ConferenceName: "c" },
  ],
  exotel: [
    { "Stream[StreamSID]": "s", "Stream[Status]": "completed", "Stream[Duration]": "12" },
    { Stream: `{"StreamSID":"s","Status":"completed"}`, Direction: "incoming" },
    { EventType: "answered", Status: "in-progress" },
    { RecordingUrl: "https://x.test/1", DateUpdated: "2026-01-01 00:00:00" },
    { CallState: "active", CallDetail: "recording_stop_success" },
  ],
  vonage: [
    ...["started", "ringing", "answered", "machine", "human"].map((status) => ({
      from: "14155550199",
      to: "14155550100",
      conversation_uuid: "CON-1",
      status,
      direction: "inbound",
    })),
    { conversation_uuid: "CON-1", type: "transfer", conversation_uuid_to: "CON-2" },
    { dtmf: { digits: "1", timed_out: false }, from: "14155550199" },
    { speech: { results: [] }, from: "14155550199" },
    { recording_url: "https://x.test/1", recording_uuid: "r", size: 9 },
    { reason: "Syntax error in NCCO.", conversation_uuid: "CON-1" },
    { payload: { step: 1 }, conversation_uuid: "CON-1" },
  ],
};

for (const [name, callbacks] of Object.entries(CALLBACKS)) {
  const carrier = name as keyof typeof ID; // a key of the table above
  for (const parameters of callbacks) {
    Deno.test(`${name}: ${Object.keys(parameters).join()} ${Object.values(parameters).join()} is news`, () => {
      const told = CARRIERS[carrier].webhook!.read({ ...parameters, [ID[carrier]]: "c1" });

      assert.ok(told.kind === "news");
      const { answeredBy: _, ...webhook } = told; // tests/carriers/machine_test.ts is about it
      assert.deepEqual(webhook, { kind: "news", callId: "c1" });
    });
  }
}

for (
  const [name, parameters] of [
    ...["completed", "busy", "failed", "no-answer", "canceled"].flatMap((CallStatus) => [
      ["twilio", { CallStatus }] as const,
      ["telnyx", { CallStatus }] as const,
      ["plivo", { CallStatus }] as const,
      ["exotel", { Status: CallStatus }] as const,
    ]),
    ["plivo", { Event: "Hangup" }],
    ["exotel", { EventType: "terminal" }],
  ] as const
) {
  Deno.test(`${name}: ${JSON.stringify(parameters)} is the end of a call`, () => {
    const webhook = CARRIERS[name].webhook!.read({ ...parameters, [ID[name]]: "c1" });

    assert.deepEqual(webhook, { kind: "news", callId: "c1", over: true });
  });
}

Deno.test("telnyx: every event but an incoming call.initiated is news, whatever is missing", () => {
  const types = [
    "call.answered call.bridged call.cost call.dtmf.received call.gather.ended call.playback.started",
    "call.machine.detection.ended call.machine.premium.greeting.ended call.recording.saved",
    "call.transcription call.siprec.started streaming.started streaming.stopped streaming.failed",
    "call.conversation.ended conference.created 10dlc.brand.update message.received",
  ].join(" ").split(" ");
  const payloads = [undefined, null, {}, { call_leg_id: "l" }, { direction: "incoming" }];
  for (const event_type of types) {
    for (const payload of payloads) {
      const webhook = CARRIERS.telnyx.webhook!.read({ data: { event_type, payload } });

      assert.deepEqual(webhook, { kind: "news" });
    }
  }
  const over = { event_type: "call.hangup", payload: { call_control_id: "v3:1" } };
  assert.deepEqual(CARRIERS.telnyx.webhook!.read({ data: over }), {
    kind: "news",
    callId: "v3:1",
    over: true,
  });
  const outgoing = { event_type: "call.initiated", payload: { direction: "outgoing" } };
  assert.deepEqual(CARRIERS.telnyx.webhook!.read({ data: outgoing }), { kind: "news" });
});

Deno.test("what asks for a document is a call, however much it tells", () => {
  const cases: [keyof typeof ID, Parameters][] = [
    // Who answered, found out before the document of an outbound call is asked for.
    ["twilio", { ...PARTIES, AnsweredBy: "human", Direction: "outbound-api" }],
    ["twilio", { ...PARTIES, Digits: "1", msg: "Gather End", CallStatus: "in-progress" }],
    ["twilio", { ...PARTIES, ErrorCode: "11200", ErrorUrl: "https://x.test" }], // the fallback
    ["telnyx", { ...PARTIES, CallStatus: "ringing", ConnectionId: "1" }],
    ["plivo", { From: "1", To: "2", Event: "Transfer" }],
    ["plivo", { From: "1", To: "2", CallStatus: "in-progress" }],
    ["exotel", { CallFrom: "1", CallType: "call-attempt", flow_id: "1", digits: `"1"` }],
    ["vonage", { from: "1", to: "2", conversation_uuid: "CON-1", endpoint_type: "phone" }],
    ["vonage", { from: "1", to: "2", conversation_uuid: "CON-1", "SipHeader_X-Id": "7" }],
  ];
  for (const [name, parameters] of cases) {
    const webhook = CARRIERS[name].webhook!.read({ ...parameters, [ID[name]]: "c1" });

    assert.equal(webhook.kind, "call", JSON.stringify(parameters));
  }
});

Deno.test("a webhook tells who calls, by which way, and for which campaign", () => {
  const details = (name: keyof typeof CARRIERS, parameters: Parameters) => {
    const webhook = CARRIERS[name].webhook!.read(parameters);
    assert.ok(webhook.kind === "call");
    return webhook.call;
  };
  assert.deepEqual(
    details("twilio", {
      CallSid: "CA1",
      CallerName: "ANN SMITH",
      ForwardedFrom: "+1555",
      ParentCallSid: "CA0",
      StirVerstat: "TN-Validation-Passed-A",
      "SipHeader_X-Customer": "7",
    }),
    {
      callId: "CA1",
      callerName: "ANN SMITH",
      forwardedFrom: "+1555",
      parentCallId: "CA0",
      attestation: "TN-Validation-Passed-A",
      sipHeaders: { "X-Customer": "7" },
    },
  );
  const payload = {
    call_control_id: "v3:1",
    direction: "incoming",
    caller_id_name: "Ann",
    shaken_stir_attestation: "A",
    client_state: btoa("campaign=7"),
    custom_headers: [{ name: "X-Customer", value: "7" }, { name: "broken" }, null],
    sip_headers: [{ name: "User-to-User", value: "u" }],
  };
  assert.deepEqual(details("telnyx", { data: { event_type: "call.initiated", payload } }), {
    callId: "v3:1",
    callerName: "Ann",
    attestation: "A",
    clientState: "campaign=7",
    sipHeaders: { "User-to-User": "u", "X-Customer": "7" },
  });
  assert.deepEqual(
    details("telnyx", { CallSid: "v3:1", CallerId: "Ann", ShakenStirAttestation: "B" }),
    { callId: "v3:1", callerName: "Ann", attestation: "B" },
  );
  assert.deepEqual(
    details("plivo", {
      CallUUID: "u",
      CallerName: "Ann",
      ForwardedFrom: "1555",
      ParentCallUUID: "p",
      "X-PH-Customer": "7",
      "SIP-H-To": "<sip:x@y>",
    }),
    {
      callId: "u",
      callerName: "Ann",
      forwardedFrom: "1555",
      parentCallId: "p",
      sipHeaders: { "X-PH-Customer": "7", To: "<sip:x@y>" },
    },
  );
  assert.deepEqual(details("exotel", { CallSid: "e", CustomField: "campaign=7" }), {
    callId: "e",
    clientState: "campaign=7",
  });
});
