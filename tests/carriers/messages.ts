/**
 * The carriers' messages as their documents show them, with ids of our own.
 */
import type { TelephonyTransportName } from "../../src/core/bot.ts";

/** A message, by the name of the test that needs it. */
export type Messages = Readonly<Record<string, Record<string, unknown>>>;

const TWILIO_STREAM = "MZ00000000000000000000000000000001";
const TELNYX_STREAM = "7d6c4b1e-0f3a-4a5e-9d52-0c8f3b1a2e01";
const PLIVO_STREAM = "b7b3f5a2-1c1d-4d0e-8a49-2f6f5a1e0c02";
const EXOTEL_STREAM = "00000000000000000000000000000e01";

/** 20 ms of silence in µ-law. */
export const MULAW_SILENCE = "/".repeat(213) + "w==";
/** 20 ms of silence in A-law. */
export const ALAW_SILENCE = "1dXV".repeat(53) + "1Q==";
/** 100 ms of silence in 16-bit samples. */
export const L16_SILENCE = "A".repeat(2134) + "==";

const telnyxStart = {
  user_id: "5f0b4a3c-0d11-4a77-8c2b-6f1e2d3c4b5a",
  call_control_id: "v3:T02llAbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_",
  call_session_id: "0f1e2d3c-6f5d-11ef-9692-02420aeffb1f",
  from: "+14155550199",
  to: "+14155550100",
  tags: ["TAG1"],
  client_state: "eyJhIjoxfQ==",
  custom_parameters: { customer_id: "customer_123" },
  media_format: { encoding: "PCMU", sample_rate: 8000, channels: 1 },
};

/** What the carriers send. */
export const FROM_CARRIER = {
  twilio: {
    connected: { event: "connected", protocol: "Call", version: "1.0.0" },
    start: {
      event: "start",
      sequenceNumber: "1",
      start: {
        accountSid: "AC00000000000000000000000000000002",
        streamSid: TWILIO_STREAM,
        callSid: "CA00000000000000000000000000000003",
        tracks: ["inbound"],
        mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
        customParameters: {
          from_number: "+14155550199",
          to_number: "+14155550100",
          note: `a & b <c> "q"`,
        },
      },
      streamSid: TWILIO_STREAM,
    },
    media: {
      event: "media",
      sequenceNumber: "3",
      media: { track: "inbound", chunk: "1", timestamp: "0", payload: MULAW_SILENCE },
      streamSid: TWILIO_STREAM,
    },
    dtmf: {
      event: "dtmf",
      streamSid: TWILIO_STREAM,
      sequenceNumber: "5",
      dtmf: { track: "inbound_track", digit: "1" },
    },
    mark: { event: "mark", sequenceNumber: "9", streamSid: TWILIO_STREAM, mark: { name: "m-1" } },
    stop: {
      event: "stop",
      sequenceNumber: "12",
      stop: { callSid: "CA00000000000000000000000000000003" },
      streamSid: TWILIO_STREAM,
    },
  },
  telnyx: {
    connected: {
      event: "connected",
      version: "1.0.0",
      connected: { "x-telnyx-streaming-auth-token": "tok" },
    },
    start: {
      event: "start",
      sequence_number: "1",
      stream_id: TELNYX_STREAM,
      start: telnyxStart,
    },
    startAnonymous: {
      event: "start",
      sequence_number: "1",
      stream_id: TELNYX_STREAM,
      start: {
        ...telnyxStart,
        from: null,
        client_state: null,
        custom_parameters: undefined,
        media_format: { encoding: "PCMA", sample_rate: 8000, channels: 1 },
      },
    },
    startL16: {
      event: "start",
      sequence_number: "1",
      stream_id: TELNYX_STREAM,
      start: { ...telnyxStart, media_format: { encoding: "L16", sample_rate: 16000, channels: 1 } },
    },
    media: {
      event: "media",
      sequence_number: "4",
      media: { track: "inbound", chunk: "2", timestamp: "20", payload: MULAW_SILENCE },
      stream_id: TELNYX_STREAM,
    },
    dtmf: {
      event: "dtmf",
      stream_id: TELNYX_STREAM,
      occurred_at: "2026-11-22T07:00:05.698408Z",
      sequence_number: "5",
      dtmf: { digit: "1" },
    },
    mark: {
      event: "mark",
      stream_id: TELNYX_STREAM,
      sequence_number: "6",
      mark: { name: "m-1" },
    },
    error: {
      event: "error",
      payload: { code: 100005, title: "rate_limit_reached", detail: "Too many requests" },
      stream_id: TELNYX_STREAM,
    },
    stop: {
      event: "stop",
      sequence_number: "9",
      stop: { call_control_id: telnyxStart.call_control_id },
      stream_id: TELNYX_STREAM,
    },
  },
  plivo: {
    start: {
      event: "start",
      sequenceNumber: 1,
      start: {
        callId: "0c1d2e3f-1234-4234-8234-123456789abc",
        streamId: PLIVO_STREAM,
        accountId: "MAXXXXXXXXXXXXXXXXXX",
        tracks: ["inbound"],
        mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000 },
      },
      extra_headers: "userId=12345;sessionId=abc-xyz",
    },
    startL16: {
      sequenceNumber: 0,
      event: "start",
      start: {
        callId: "0c1d2e3f-1234-4234-8234-123456789abc",
        streamId: PLIVO_STREAM,
        accountId: "MAXXXXXXXXXXXXXXXXXX",
        tracks: ["inbound"],
        mediaFormat: { encoding: "audio/x-l16", sampleRate: 16000 },
      },
      extra_headers: "{}",
    },
    media: {
      event: "media",
      sequenceNumber: 42,
      streamId: PLIVO_STREAM,
      media: { track: "inbound", timestamp: "1795330800000", chunk: 41, payload: MULAW_SILENCE },
      extra_headers: "userId=12345;sessionId=abc-xyz",
    },
    dtmf: {
      event: "dtmf",
      sequenceNumber: 55,
      streamId: PLIVO_STREAM,
      dtmf: { track: "inbound", digit: "5", timestamp: "1795330805000" },
    },
    mark: { event: "playedStream", sequenceNumber: 60, streamId: PLIVO_STREAM, name: "m-1" },
    markPlayed: { event: "played", sequenceNumber: 60, streamId: PLIVO_STREAM, name: "m-1" },
    cleared: { event: "clearedAudio", sequenceNumber: 61, streamId: PLIVO_STREAM },
    stop: { event: "stop", sequenceNumber: 99, streamId: PLIVO_STREAM },
  },
  exotel: {
    connected: { event: "connected" },
    start: {
      event: "start",
      sequence_number: "1",
      stream_sid: EXOTEL_STREAM,
      start: {
        stream_sid: EXOTEL_STREAM,
        call_sid: "c0000000000000000000000000000e02",
        account_sid: "exoteltest1",
        from: "+919876543210",
        to: "+918047491899",
        custom_parameters: { key1: "value1" },
        media_format: { encoding: "audio/x-raw", sample_rate: "16000", bit_rate: "16" },
      },
    },
    media: {
      event: "media",
      sequence_number: "3",
      stream_sid: EXOTEL_STREAM,
      media: { chunk: "2", timestamp: "200", payload: L16_SILENCE },
    },
    dtmf: {
      event: "dtmf",
      sequence_number: "7",
      stream_sid: EXOTEL_STREAM,
      dtmf: { digit: "5", duration: "100" },
    },
    mark: {
      event: "mark",
      sequence_number: "15",
      stream_sid: EXOTEL_STREAM,
      mark: { name: "m-1" },
    },
    stop: {
      event: "stop",
      sequence_number: "20",
      stream_sid: EXOTEL_STREAM,
      stop: { call_sid: "c0000000000000000000000000000e02", reason: "callended" },
    },
  },
} satisfies Readonly<Partial<Record<TelephonyTransportName, Messages>>>;

/** A carrier whose messages are all JSON, audio too; the others have tests of their own. */
export type JsonCarrier = keyof typeof FROM_CARRIER;

/** Those carriers. */
export const JSON_CARRIERS: readonly JsonCarrier[] = ["twilio", "telnyx", "plivo", "exotel"];
