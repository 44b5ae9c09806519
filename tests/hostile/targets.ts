/**
 * What hostile requests aim at: every route, with what it takes and what it does not.
 */
import fc from "fast-check";
import { evilText } from "./evil.ts";
import { hostileOffer, OFFER } from "./sdp.ts";
import { mutated, spoiled } from "./values.ts";

/** A route and what is sent to it. */
export interface Target {
  readonly method: fc.Arbitrary<string>;
  readonly path: fc.Arbitrary<string>;
  readonly body: fc.Arbitrary<string>;
  readonly type: string;
  /** How often, among all kinds. */
  readonly weight: number;
  /** The most bytes that it takes. */
  readonly limit?: number;
  /** Signs the body as this sender would. */
  readonly sign?: "whatsapp";
}

const MEGABYTE = 1_000_000;
const NUMBERS = { From: "+14155550199", To: "+14155550100" };

const startBody = {
  transport: "webrtc",
  createDailyRoom: false,
  enableDefaultIceServers: true,
  dailyRoomProperties: { exp: 1_900_000_000, enable_chat: true, sip: { display_name: "a" } },
  dailyMeetingTokenProperties: { is_owner: true, permissions: { hasPresence: true } },
  body: { user: "u1", list: [1, 2, { deep: true }] },
};
const transports = ["webrtc", "websocket", "twilio", "telnyx", "plivo", "exotel"];
const startBodies = transports.map((transport) => ({ transport, body: { user: "u1" } }));
const candidateBody = {
  pc_id: "{peer}",
  candidates: [{
    candidate: "candidate:1 1 udp 2113937151 127.0.0.1 54400 typ host",
    sdp_mid: "0",
    sdp_mline_index: 0,
  }],
};
const offerBody = {
  sdp: OFFER,
  type: "offer",
  pc_id: "{peer}",
  restart_pc: false,
  requestData: { user: "u1" },
};
const telnyxEvent = {
  data: {
    event_type: "call.initiated",
    payload: { call_control_id: "v3:abc", direction: "incoming", from: "+1415", to: "+1416" },
  },
};
const dialin = {
  From: "+14155550199",
  To: "+14155550100",
  callId: "c1",
  callDomain: "d1",
  sipHeaders: { "X-A": "b" },
};
const whatsapp = {
  object: "whatsapp_business_account",
  entry: [{
    changes: [{
      value: {
        metadata: { phone_number_id: "1" },
        contacts: [{ wa_id: "1", profile: { name: "a" } }],
        calls: [
          { id: "w1", event: "connect", from: "1", session: { sdp: "v=0", sdp_type: "offer" } },
          { id: "w1", event: "terminate", status: "COMPLETED" },
        ],
      },
    }],
  }],
};

const METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"];
const ODD_METHODS = ["TRACE", "CONNECT", "TRACK", "PROPFIND", "PRI", "get", "X", "M-SEARCH"];

/** A method: mostly the right one, for a route that takes it. */
const method = (...right: readonly string[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...right) },
    { weight: 2, arbitrary: fc.constantFrom(...METHODS) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_METHODS) },
  );

const path = (...right: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...right) },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom(...right), fc.constantFrom("/", "//", "?", "#", ";a=b"))
        .map((parts) => parts.join("")),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(
        fc.constantFrom(...right),
        fc.constantFrom("/", "?a=", "?body="),
        evilText,
      )
        .map((parts) => parts.join("").replace(/ /g, "%20")),
    },
  );

/** A form, with values that try to get into the XML of the answer. */
const form: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.array(
      fc.tuple(
        fc.constantFrom("CallSid", "CallUUID", "From", "To", "CallFrom", "CallTo", "CallStatus"),
        evilText,
      ),
      { maxLength: 8 },
    ).map((pairs) =>
      [...Object.entries({ CallSid: "CA1", CallUUID: "u1", ...NUMBERS }), ...pairs]
        .map(([name, value]) => `${name}=${value}`).join("&")
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(100, 5000, 15_000).map((count) => "a=1&".repeat(count)),
  },
  { weight: 1, arbitrary: fc.constantFrom("&", "=", "%", "a[b]=1&a[b]=2", "__proto__[x]=1") },
);

const nothing = fc.constant("");
const json = "application/json";
const urlencoded = "application/x-www-form-urlencoded";
const traversal = fc.constantFrom(
  "",
  "/",
  "index.html",
  "a.txt",
  "big.bin",
  "link",
  "../a.txt",
  "..%2fa.txt",
  "%2e%2e/%2e%2e/etc/passwd",
  "....//etc/passwd",
  "..\\..\\etc\\passwd",
  "/etc/passwd",
  "%2fetc%2fpasswd",
  "a.txt%00.png",
  "a.txt/",
  "./a.txt",
  "%c0%ae%c0%ae/etc/passwd",
  "%252e%252e%252fetc",
  "file:///etc/passwd",
  "~/.ssh/id_rsa",
  "con",
  "x".repeat(5000),
  "a/".repeat(500),
  "__proto__",
  "assets",
);

/** The routes. */
export const TARGETS: Readonly<Record<string, Target>> = {
  start: {
    weight: 8,
    method: method("POST"),
    path: path("/start"),
    body: spoiled(startBody, ...startBodies),
    type: json,
    limit: MEGABYTE,
  },
  offer: {
    weight: 2,
    method: method("POST"),
    path: path("/api/offer", "/sessions/{webrtc}/api/offer", "/sessions/{websocket}/api/offer"),
    body: spoiled(offerBody),
    type: json,
    limit: MEGABYTE,
  },
  sdp: {
    weight: 2,
    method: fc.constant("POST"),
    path: fc.constantFrom("/api/offer", "/sessions/{webrtc}/api/offer"),
    body: hostileOffer.map((sdp) => JSON.stringify({ sdp, type: "offer" })),
    type: json,
  },
  candidates: {
    weight: 4,
    method: method("PATCH"),
    path: path("/api/offer", "/sessions/{webrtc}/api/offer"),
    body: fc.oneof(
      spoiled(candidateBody),
      fc.array(mutated(fc.constant(candidateBody.candidates[0]?.candidate ?? "")), {
        maxLength: 20,
      }).map((list) =>
        JSON.stringify({
          pc_id: "{peer}",
          candidates: list.map((candidate) => ({ ...candidateBody.candidates[0], candidate })),
        })
      ),
    ),
    type: json,
    limit: MEGABYTE,
  },
  session: {
    weight: 3,
    method: method("GET", "POST", "DELETE"),
    path: fc.tuple(
      fc.constantFrom(
        "/sessions/{webrtc}/",
        "/sessions/{websocket}/",
        "/sessions/x/",
        "/sessions/",
      ),
      fc.oneof(fc.constantFrom("echo", "", "../start", "..%2fstart", "api/offer", "%"), evilText),
    ).map((parts) => parts.join("").replace(/ /g, "%20")),
    body: spoiled(startBody),
    type: json,
  },
  webhook: {
    weight: 6,
    method: method("GET", "POST"),
    path: path("/twilio", "/telnyx", "/plivo", "/exotel", "/"),
    body: form,
    type: urlencoded,
    limit: 64 << 10,
  },
  webhookQuery: {
    weight: 3,
    method: fc.constant("GET"),
    path: fc.tuple(fc.constantFrom("/twilio", "/telnyx", "/plivo", "/exotel"), form).map((parts) =>
      parts.join("?").replace(/ /g, "%20")
    ),
    body: nothing,
    type: urlencoded,
  },
  webhookJson: {
    weight: 3,
    method: method("POST"),
    path: path("/telnyx", "/twilio", "/exotel"),
    body: spoiled(telnyxEvent, { CallSid: "CA1", ...NUMBERS }),
    type: json,
    limit: 64 << 10,
  },
  daily: {
    weight: 2,
    method: method("POST"),
    path: path("/daily-dialin-webhook"),
    body: spoiled(dialin),
    type: json,
    limit: 64 << 10,
  },
  whatsapp: {
    weight: 3,
    method: method("POST", "GET"),
    path: path("/whatsapp", "/whatsapp?hub.mode=subscribe&hub.verify_token=v&hub.challenge=1"),
    body: spoiled(whatsapp),
    type: json,
    limit: MEGABYTE,
    sign: "whatsapp",
  },
  files: {
    weight: 3,
    method: method("GET", "HEAD"),
    path: traversal.map((rest) => `/files/${rest}`),
    body: nothing,
    type: json,
  },
  client: {
    weight: 2,
    method: method("GET", "HEAD"),
    path: traversal.map((rest) => `/client/${rest}`),
    body: nothing,
    type: json,
  },
  upgrade: {
    weight: 2,
    method: method("GET"),
    path: path("/ws", "/ws/{token}", "/ws?token={token}", "/ws-client", "/ws-client/{websocket}"),
    body: nothing,
    type: json,
  },
  other: {
    weight: 2,
    method: method("GET", "POST"),
    path: fc.oneof(
      path("/status", "/", "/livez", "/readyz", "/metrics", "/daily", "/echo", "*"),
      evilText.map((text) => `/${text.replace(/ /g, "%20")}`),
      evilText.map((text) => text.replace(/ /g, "%20") || "/"),
    ),
    body: spoiled(startBody),
    type: json,
  },
};
