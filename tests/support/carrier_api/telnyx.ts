/**
 * The commands of Telnyx's Call Control, after its reference and the types of its SDK.
 */
import { type CarrierApi, isE164, isReachable, jsonOf, strangers } from "./api.ts";

const KEY = "KEY0123456789ABCDEF";
const CONNECTION = "1293384261075731499";

const DIAL = [
  "connection_id",
  "to",
  "from",
  "stream_url",
  "stream_track",
  "stream_codec",
  "stream_bidirectional_mode",
  "stream_bidirectional_codec",
  "stream_bidirectional_target_legs",
  "webhook_url",
  "answering_machine_detection",
];
const DETECTIONS = ["premium", "detect", "detect_beep", "detect_words", "greeting_end", "disabled"];

const problem = (status: number, code: string) =>
  Response.json({ errors: [{ code, title: "t", detail: "about +15551234567" }] }, { status });
const done = () => Response.json({ data: { result: "ok" } });

/** Telnyx. */
export const telnyx: CarrierApi = {
  environment: (origin) => ({
    TELNYX_API_KEY: KEY,
    TELNYX_CONNECTION_ID: CONNECTION,
    TELNYX_BASE_URL: `${origin}/v2`,
  }),
  answer(request, state) {
    if (request.headers.get("authorization") !== `Bearer ${KEY}`) return problem(401, "10009");
    const body = jsonOf(request);
    if (request.method !== "POST" || !body) return problem(400, "10015");
    if (request.path === "/v2/calls") {
      const { connection_id, to, from, stream_url, webhook_url } = body;
      const { answering_machine_detection: detects } = body;
      if (connection_id !== CONNECTION) return problem(422, "10015");
      if (!isE164(to) || !isE164(from)) return problem(422, "10016");
      if (from !== "+15550100002") return problem(403, "10010");
      if (strangers(body, DIAL).length > 0) return problem(422, "10032");
      if (!isReachable(stream_url, "wss:") || !isReachable(webhook_url)) {
        return problem(422, "10015");
      }
      if (body.stream_bidirectional_mode !== "rtp") return problem(422, "10015");
      if (detects !== undefined && !DETECTIONS.includes(String(detects))) {
        return problem(422, "10015");
      }
      const id = `v3:${crypto.randomUUID()}`;
      state.live.add(id);
      state.dialled.push({
        id,
        to: String(to),
        from: String(from),
        streamUrl: String(stream_url),
        eventUrl: String(webhook_url),
        ...(detects === undefined ? {} : { detects: String(detects) }),
      });
      return Response.json({ data: { call_control_id: id, is_alive: false, record_type: "call" } });
    }
    const [, id = "", action] = /^\/v2\/calls\/([^/]+)\/actions\/(\w+)$/.exec(request.path) ?? [];
    if (!id.startsWith("v3:")) return problem(404, "10005");
    if (!state.live.has(id)) return problem(422, "90018");
    switch (action) {
      case "hangup":
        state.live.delete(id);
        state.told.push(`hang up ${id}`);
        return done();
      case "transfer":
        if (!isE164(body.to) && !/^sip:[^\s<>]+@[^\s<>]+$/.test(String(body.to))) {
          return problem(422, "10016");
        }
        if (strangers(body, ["to", "from"]).length > 0) return problem(422, "10032");
        state.told.push(`transfer ${id} ${body.to}${body.from ? ` as ${body.from}` : ""}`);
        return done();
      case "send_dtmf":
        if (!/^[\dA-D*#wW]+$/.test(String(body.digits))) return problem(422, "10015");
        state.told.push(`press ${id} ${body.digits}`);
        return done();
      default:
        return problem(404, "10005");
    }
  },
};
