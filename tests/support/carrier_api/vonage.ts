/**
 * Vonage's Voice API, after its specification; who asks shows a token that Vonage's own key checks.
 */
import { generateKeyPairSync } from "node:crypto";
import jwt from "jsonwebtoken";
import { type CarrierApi, isReachable, jsonOf, strangers } from "./api.ts";

const APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";
const KEYS = generateKeyPairSync("rsa", { modulusLength: 2048 });
const CREATE = [
  "to",
  "from",
  "answer_url",
  "answer_method",
  "event_url",
  "event_method",
  "machine_detection",
  "advanced_machine_detection",
];

const problem = (status: number) =>
  Response.json({ type: "t", title: "Bad Request", detail: "about 15551234567" }, { status });

/** Vonage writes numbers without the plus sign, and refuses it. */
const isNumber = (number: unknown) => typeof number === "string" && /^[1-9]\d{6,14}$/.test(number);

/** Vonage. */
export const vonage: CarrierApi = {
  environment: (origin) => ({
    VONAGE_APPLICATION_ID: APPLICATION,
    VONAGE_PRIVATE_KEY: KEYS.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    VONAGE_BASE_URL: origin,
  }),
  answer(request, state) {
    try {
      const token = (request.headers.get("authorization") ?? "").replace("Bearer ", "");
      const claims = jwt.verify(token, KEYS.publicKey, { algorithms: ["RS256"] });
      if (Object(claims).application_id !== APPLICATION) return problem(401);
    } catch {
      return problem(401);
    }
    const body = jsonOf(request);
    if (!body) return problem(400);
    const { method, path } = request;
    if (path === "/v1/calls" && method === "POST") {
      const [to, ...others] = Array.isArray(body.to) ? body.to : [];
      const from = Object(body.from);
      const [answerUrl] = Array.isArray(body.answer_url) ? body.answer_url : [];
      const [eventUrl] = Array.isArray(body.event_url) ? body.event_url : [];
      if (to?.type !== "phone" || !isNumber(to.number) || others.length > 0) return problem(400);
      if (from.type !== "phone" || from.number !== "15550100002") return problem(403);
      if (!isReachable(answerUrl) || !isReachable(eventUrl)) return problem(400);
      if (strangers(body, CREATE).length > 0) return problem(400);
      const { machine_detection, advanced_machine_detection } = body;
      const detects = machine_detection ?? Object(advanced_machine_detection).mode;
      const uuid = crypto.randomUUID();
      state.live.add(uuid);
      state.dialled.push({
        id: uuid,
        to: to.number,
        from: from.number,
        answerUrl,
        eventUrl,
        ...(detects === undefined ? {} : { detects: String(detects) }),
      });
      return Response.json({ uuid, status: "started", direction: "outbound" }, { status: 201 });
    }
    const [, id = "", dtmf] = /^\/v1\/calls\/([^/]+)(\/dtmf)?$/.exec(path) ?? [];
    if (method !== "PUT" || !state.live.has(id)) return problem(404);
    if (dtmf) {
      if (!/^[\d*#A-Dp]+$/.test(String(body.digits))) return problem(400);
      state.told.push(`press ${id} ${body.digits}`);
      return Response.json({ message: "DTMF sent", uuid: id });
    }
    if (body.action === "hangup") {
      state.live.delete(id);
      state.told.push(`hang up ${id}`);
      return new Response(null, { status: 204 });
    }
    const { type, ncco: [connect] = [] } = Object(body.destination);
    if (body.action !== "transfer" || type !== "ncco" || connect?.action !== "connect") {
      return problem(400);
    }
    const [endpoint, ...others] = connect.endpoint ?? [];
    const known = endpoint?.type === "phone" ? isNumber(endpoint.number) : endpoint?.type === "sip";
    if (!known || others.length > 0 || !isNumber(connect.from)) return problem(400);
    state.told.push(`transfer ${id} ${endpoint.number ?? endpoint.uri} as ${connect.from}`);
    return new Response(null, { status: 204 });
  },
};
