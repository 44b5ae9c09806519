/**
 * Plivo's API of calls, after its reference: https://www.plivo.com/docs/voice/api/call.
 */
import { basicOf, type CarrierApi, isReachable, jsonOf, strangers } from "./api.ts";

const ID = "MAXXXXXXXXXXXXXXXXXX";
const TOKEN = "MWIzNzE2ZGFlNTcwMjdkN2MzZGZkNmI5MGQ5ZDFh";
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const MAKE = [
  "from",
  "to",
  "answer_url",
  "answer_method",
  "hangup_url",
  "hangup_method",
  "machine_detection",
  "machine_detection_url",
  "machine_detection_method",
];

const problem = (status: number) =>
  Response.json({ api_id: "a", error: "not right: +15551234567" }, { status });

/** Plivo. */
export const plivo: CarrierApi = {
  environment: (origin) => ({
    PLIVO_AUTH_ID: ID,
    PLIVO_AUTH_TOKEN: TOKEN,
    PLIVO_BASE_URL: `${origin}/v1`,
  }),
  answer(request, state) {
    if (basicOf(request.headers) !== `${ID}:${TOKEN}`) return problem(401);
    const { method, path } = request;
    const body = jsonOf(request);
    const [, id] = new RegExp(`^/v1/Account/${ID}/Call/(?:([^/]+)/)?$`).exec(path) ?? [];
    if (!body || (id === undefined && !path.endsWith("/Call/"))) return problem(404);
    if (id === undefined) {
      if (method !== "POST") throw new Error("a DELETE without a call would end all of them");
      const { from, to, answer_url, hangup_url } = body;
      if (![from, to].every((number) => /^\+?[1-9]\d{6,14}$/.test(String(number)))) {
        return problem(400);
      }
      if (from !== "+15550100002") return problem(400);
      if (!isReachable(answer_url) || strangers(body, MAKE).length > 0) return problem(400);
      if (body.machine_detection !== undefined && !isReachable(body.machine_detection_url)) {
        return problem(400);
      }
      const request_uuid = crypto.randomUUID();
      state.live.add(request_uuid);
      state.dialled.push({
        id: request_uuid,
        to: String(to),
        from: String(from),
        answerUrl: String(answer_url),
        ...(hangup_url === undefined ? {} : { eventUrl: String(hangup_url) }),
        ...(body.machine_detection === undefined ? {} : { detects: "true" }),
      });
      const answer = { api_id: "a", message: "call fired", request_uuid };
      return Response.json(answer, { status: 201 });
    }
    if (!UUID.test(id) || !state.live.has(id)) return problem(404);
    if (method === "DELETE") {
      state.live.delete(id);
      state.told.push(`hang up ${id}`);
      return new Response(null, { status: 204 });
    }
    if (body.legs !== "aleg" || body.aleg_method !== "POST" || !isReachable(body.aleg_url)) {
      return problem(400);
    }
    state.told.push(`transfer ${id} to what ${body.aleg_url} says`);
    return Response.json({ api_id: "a", message: "call transferred", call_uuids: [id] }, {
      status: 202,
    });
  },
};
