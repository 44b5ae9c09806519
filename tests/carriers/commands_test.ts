/**
 * What carriers are told to do with a call is what their own SDKs would tell them.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { Auth } from "@vonage/auth";
import { Voice } from "@vonage/voice";
import plivoPackage from "plivo";
import Telnyx from "telnyx";
import twilio from "twilio";
import type { TelephonyTransportName } from "../../src/core/bot.ts";
import type { CarrierCommands, DialOrder } from "../../src/core/carrier_commands.ts";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { type Captured, captureServer, redirected } from "./oracles.ts";

const SID = "AC0000000000000000000000000000000a";
const CA = "CA0000000000000000000000000000000b";
const V3 = "v3:T02llQxIyaRkhfRKxgAP8nY511EhFLiz+dv=UKJiSw8d6A9Bborher/Q";
const UUID = "97ceeb52-58b6-11e1-86da-77300b68f8bb";
const APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";
const PRIVATE_KEY = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
  .export({ type: "pkcs8", format: "pem" }).toString();
const [FROM, TO] = ["+15550100002", "+15551234567"];
const ORDER: DialOrder = {
  to: TO,
  from: FROM,
  answerUrl: "https://bot.example.com/x/T0k",
  streamUrl: "wss://bot.example.com/ws/T0k",
  eventUrl: "https://bot.example.com/x",
  machineDetection: false,
};
const signal = new AbortController().signal;
const call = (callId: string) => ({ callId, streamId: "s1" });
const transfer = (callId: string, to = TO) => ({
  ...call(callId),
  to,
  from: FROM,
  own: FROM,
  publish: () => Promise.resolve("https://bot.example.com/x/D0c"),
});

/** Plivo's client; its own types lack some of what it does. */
interface PlivoClient {
  readonly calls: {
    create(from: string, to: string, answerUrl: string, options: object): Promise<unknown>;
    transfer(callId: string, options: object): Promise<unknown>;
  };
}
// True: this is what the package holds, as these tests find out by calling it.
const { Client } = plivoPackage as unknown as {
  readonly Client: new (id: string, token: string) => PlivoClient;
};

interface Case {
  readonly title: string;
  readonly carrier: TelephonyTransportName;
  readonly theirs: (origin: string) => Promise<unknown>;
  readonly ours: (commands: Required<CarrierCommands>) => Promise<unknown>;
}

const twilioCalls = () => twilio(SID, "t0ken").calls;
const telnyxCalls = (origin: string) =>
  new Telnyx({ apiKey: "KEY", baseURL: `${origin}/v2` }).calls;
const plivoCalls = () => new Client("MAXXXXXXXXXXXXXXXXXX", "t0ken").calls;
const voice = (origin: string) =>
  new Voice(new Auth({ applicationId: APPLICATION, privateKey: PRIVATE_KEY }), { apiHost: origin });
const STREAM = {
  stream_url: ORDER.streamUrl,
  stream_track: "inbound_track",
  stream_codec: "PCMU",
  stream_bidirectional_mode: "rtp",
  stream_bidirectional_codec: "PCMU",
  stream_bidirectional_target_legs: "self",
} as const;

const CASES: readonly Case[] = [
  {
    title: "a transfer",
    carrier: "twilio",
    theirs: (origin) => {
      const twiml = `<Response><Dial callerId="${FROM}"><Number>${TO}</Number></Dial></Response>`;
      return redirected(origin, () => twilio(SID, "t0ken").calls(CA).update({ twiml }));
    },
    ours: ({ transfer: command }) => command(transfer(CA), signal),
  },
  {
    title: "a call",
    carrier: "twilio",
    theirs: (origin) =>
      redirected(origin, () =>
        twilioCalls().create({
          to: TO,
          from: FROM,
          url: ORDER.answerUrl,
          statusCallback: ORDER.eventUrl,
          machineDetection: "DetectMessageEnd",
          asyncAmd: "true",
          asyncAmdStatusCallback: ORDER.eventUrl,
        })),
    ours: ({ dial }) => dial({ ...ORDER, machineDetection: "greeting" }, signal),
  },
  {
    title: "a transfer",
    carrier: "telnyx",
    theirs: (origin) => telnyxCalls(origin).actions.transfer(V3, { to: TO, from: FROM }),
    ours: ({ transfer: command }) => command(transfer(V3), signal),
  },
  {
    title: "keys",
    carrier: "telnyx",
    theirs: (origin) => telnyxCalls(origin).actions.sendDtmf(V3, { digits: "12#" }),
    ours: ({ sendDigits }) => sendDigits(call(V3), "12#", signal),
  },
  {
    title: "a call",
    carrier: "telnyx",
    theirs: (origin) =>
      telnyxCalls(origin).dial({
        connection_id: "1",
        to: TO,
        from: FROM,
        ...STREAM,
        webhook_url: ORDER.eventUrl,
        answering_machine_detection: "greeting_end",
      }),
    ours: ({ dial }) => dial({ ...ORDER, machineDetection: "greeting" }, signal),
  },
  {
    title: "a transfer",
    carrier: "plivo",
    theirs: (origin) =>
      redirected(origin, () =>
        plivoCalls().transfer(UUID, {
          legs: "aleg",
          alegUrl: "https://bot.example.com/x/D0c",
          alegMethod: "POST",
        })),
    ours: ({ transfer: command }) => command(transfer(UUID), signal),
  },
  {
    title: "a call",
    carrier: "plivo",
    theirs: (origin) =>
      redirected(origin, () =>
        plivoCalls().create(FROM, TO, ORDER.answerUrl, {
          answerMethod: "POST",
          hangupUrl: ORDER.eventUrl,
          hangupMethod: "POST",
          machineDetection: "true",
          machineDetectionUrl: ORDER.eventUrl,
          machineDetectionMethod: "POST",
        })),
    ours: ({ dial }) => dial({ ...ORDER, machineDetection: true }, signal),
  },
  {
    title: "a transfer",
    carrier: "vonage",
    theirs: (origin) =>
      voice(origin).transferCallWithNCCO(UUID, [{
        action: "connect",
        from: FROM.slice(1),
        endpoint: [{ type: "phone", number: TO.slice(1) }],
      }]),
    ours: ({ transfer: command }) => command(transfer(UUID), signal),
  },
  {
    title: "keys",
    carrier: "vonage",
    theirs: (origin) => voice(origin).playDTMF(UUID, "12#"),
    ours: ({ sendDigits }) => sendDigits(call(UUID), "12#", signal),
  },
  {
    title: "a call",
    carrier: "vonage",
    theirs: (origin) =>
      voice(origin).createOutboundCall(
        {
          to: [{ type: "phone", number: TO.slice(1) }],
          from: { type: "phone", number: FROM.slice(1) },
          answer_url: [ORDER.answerUrl],
          answer_method: "POST",
          event_url: [ORDER.eventUrl],
          event_method: "POST",
          advancedMachineDetection: { behavior: "continue", mode: "default" },
          // True: Vonage's types have enumerations where these are their values.
        } as unknown as Parameters<Voice["createOutboundCall"]>[0],
      ),
    ours: ({ dial }) => dial({ ...ORDER, machineDetection: "greeting" }, signal),
  },
];

function environment(origin: string): Record<string, string> {
  return {
    TWILIO_ACCOUNT_SID: SID,
    TWILIO_AUTH_TOKEN: "t0ken",
    TWILIO_BASE_URL: origin,
    TELNYX_API_KEY: "KEY",
    TELNYX_CONNECTION_ID: "1",
    TELNYX_BASE_URL: `${origin}/v2`,
    PLIVO_AUTH_ID: "MAXXXXXXXXXXXXXXXXXX",
    PLIVO_AUTH_TOKEN: "t0ken",
    PLIVO_BASE_URL: `${origin}/v1`,
    VONAGE_APPLICATION_ID: APPLICATION,
    VONAGE_PRIVATE_KEY: PRIVATE_KEY,
    VONAGE_BASE_URL: origin,
  };
}

/** What of a request means something to the carrier. */
function meaning({ method, path, headers, body }: Captured): unknown {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  const content = type === "application/json"
    ? JSON.parse(body)
    : Object.fromEntries([...new URLSearchParams(body)].sort());
  const authorization = headers.get("authorization");
  // A JSON Web Token is another one each time; tests/carriers/vonage_test.ts looks at it.
  return { method, path, authorization: authorization?.replace(/ eyJ.*/, " JWT"), type, content };
}

const ANSWER = { sid: CA, request_uuid: UUID, uuid: UUID, data: { call_control_id: V3 } };

for (const { title, carrier, theirs, ours } of CASES) {
  Deno.test(`${carrier}: ${title} is the request that its SDK sends`, async () => {
    await using server = captureServer([() => Response.json(ANSWER, { status: 200 })]);
    await theirs(server.origin);
    const commands = await CARRIERS[carrier].commands(environment(server.origin));

    // True: the table asks for nothing that the carrier lacks, or it fails.
    await ours(commands as Required<CarrierCommands>);

    const [first, second, ...more] = server.requests;
    assert.ok(first && second && more.length === 0);
    assert.deepEqual(meaning(second), meaning(first));
  });
}
