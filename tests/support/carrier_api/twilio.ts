/**
 * Twilio's API of calls, after its reference: https://www.twilio.com/docs/voice/api/call-resource.
 */
import { parseXml } from "../../carriers/oracles.ts";
import { basicOf, type CarrierApi, formOf, isE164, isReachable, strangers } from "./api.ts";

const SID = `AC${"0".repeat(31)}a`;
const TOKEN = "0123456789abcdef0123456789abcdef";

const CREATE = [
  "To",
  "From",
  "Url",
  "Method",
  "StatusCallback",
  "MachineDetection",
  "AsyncAmd",
  "AsyncAmdStatusCallback",
];

const problem = (status: number, code: number) =>
  Response.json({ code, message: `Error ${code} about +15551234567`, status }, { status });

/** Twilio. */
export const twilio: CarrierApi = {
  environment: (origin) => ({
    TWILIO_ACCOUNT_SID: SID,
    TWILIO_AUTH_TOKEN: TOKEN,
    TWILIO_BASE_URL: origin,
  }),
  answer(request, state) {
    if (basicOf(request.headers) !== `${SID}:${TOKEN}`) return problem(401, 20003);
    const form = formOf(request);
    if (request.method !== "POST" || !form) return problem(405, 20004);
    const [, id] = new RegExp(`^/2010-04-01/Accounts/${SID}/Calls(?:/([^/]+))?\\.json$`)
      .exec(request.path) ?? [];
    if (id === undefined) {
      return request.path.endsWith("/Calls.json") ? create(form) : problem(404, 20404);
    }
    if (!/^CA[\da-f]{32}$/.test(id)) return problem(404, 20404);
    if (!state.live.has(id)) return problem(400, 21220);
    if (form.Status === "completed" && Object.keys(form).length === 1) {
      state.live.delete(id);
      state.told.push(`hang up ${id}`);
      return Response.json({ sid: id, status: "completed" });
    }
    if (form.Twiml === undefined || strangers(form, ["Twiml"]).length > 0) {
      return problem(400, 21218);
    }
    state.told.push(`transfer ${id} ${dialOf(form.Twiml)}`);
    return Response.json({ sid: id, status: "in-progress" });

    function create(form: Record<string, string>): Response {
      if (!form.To) return problem(400, 21201);
      if (!form.From) return problem(400, 21213);
      if (!form.Url) return problem(400, 21205);
      if (!isE164(form.To)) return problem(400, 21211);
      if (!isE164(form.From)) return problem(400, 21212);
      if (form.From !== "+15550100002") return problem(400, 21210); // not one of the account's
      if (strangers(form, CREATE).length > 0) return problem(400, 20001);
      if (!isReachable(form.Url)) return problem(400, 21205);
      const { MachineDetection: detects, AsyncAmd, AsyncAmdStatusCallback } = form;
      if (detects !== undefined && !["Enable", "DetectMessageEnd"].includes(detects)) {
        return problem(400, 21206);
      }
      if (AsyncAmd === "true" && !isReachable(AsyncAmdStatusCallback)) return problem(400, 21262);
      const id = `CA${crypto.randomUUID().replaceAll("-", "")}`;
      state.live.add(id);
      state.dialled.push({
        id,
        to: form.To,
        from: form.From,
        answerUrl: form.Url,
        ...(form.StatusCallback ? { eventUrl: form.StatusCallback } : {}),
        ...(detects ? { detects } : {}),
      });
      return Response.json({ sid: id, status: "queued" }, { status: 201 });
    }
  },
};

/** What TwiML dials, as `<number> as <callerId>`; it throws where Twilio would not understand it. */
function dialOf(twiml: string): string {
  const { name, children: [dial, ...more] } = parseXml(twiml);
  if (name !== "Response" || typeof dial !== "object" || dial.name !== "Dial" || more.length > 0) {
    throw new Error("this is not a <Response> with one <Dial>");
  }
  const [party, ...others] = dial.children;
  if (typeof party !== "object" || !["Number", "Sip"].includes(party.name) || others.length > 0) {
    throw new Error("a <Dial> has a <Number> or a <Sip> here");
  }
  const { callerId } = dial.attributes;
  if (callerId !== undefined && !isE164(callerId)) throw new Error("21212: a callerId is a number");
  return `${party.name} ${party.children.join("")}${callerId ? ` as ${callerId}` : ""}`;
}
