/**
 * Exotel's API that dials a number and streams it to a bot, after its guide of AgentStream:
 * https://developer.exotel.com/docs/agentstream/developer-guide.
 */
import { basicOf, type CarrierApi, formOf, isE164, isReachable, strangers } from "./api.ts";

const CONNECT = [
  "From",
  "CallerId",
  "StreamUrl",
  "StreamType",
  "StatusCallback",
  "StatusCallbackEvents[]",
];
/** The longest address of a stream, in characters. */
const LONGEST_URL = 600;

const problem = (status: number, code: number) =>
  Response.json({ RestException: { Status: status, Code: code, Message: "+15551234567" } }, {
    status,
  });

/** Exotel. */
export const exotel: CarrierApi = {
  environment: (origin) => ({
    EXOTEL_API_KEY: "key",
    EXOTEL_API_TOKEN: "token-of-exotel",
    EXOTEL_SID: "exoteltest1",
    EXOTEL_BASE_URL: origin,
  }),
  answer(request, state) {
    if (basicOf(request.headers) !== "key:token-of-exotel") return problem(401, 34010);
    const form = formOf(request);
    if (request.path !== "/v1/Accounts/exoteltest1/Calls/connect.json") return problem(404, 34004);
    if (request.method !== "POST" || !form) return problem(400, 34001);
    const { From: to, CallerId: from, StreamUrl: streamUrl = "", StreamType, StatusCallback } =
      form;
    if (!isE164(to) || from !== "+15550100002" || StreamType !== "bidirectional") {
      return problem(400, 34001);
    }
    if (!isReachable(streamUrl, "wss:") || streamUrl.length > LONGEST_URL) {
      return problem(400, 34001);
    }
    if (strangers(form, CONNECT).length > 0) return problem(400, 34001);
    const id = crypto.randomUUID().replaceAll("-", "");
    state.live.add(id);
    state.dialled.push({
      id,
      to: String(to),
      from,
      streamUrl,
      ...(StatusCallback ? { eventUrl: StatusCallback } : {}),
    });
    return Response.json({ Call: { Sid: id, Status: "in-progress", Direction: "outbound-api" } });
  },
};
