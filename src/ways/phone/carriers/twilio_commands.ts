/**
 * What Twilio can be told to do with a call: its REST API of calls.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { isSipAddress } from "../destination.ts";
import { field, fields } from "./fields.ts";
import { apiAddress, basic, callSegment, dialledId, type Purpose, send } from "./rest.ts";
import { element } from "./xml.ts";

/** The call of the prebuilt page, which speaks Twilio's protocol without a phone. */
const MOCK_CALL = "mock";

/** Makes the commands that the secrets allow. */
export function twilioCommands(environment: Environment): CarrierCommands {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = environment;
  const { TWILIO_API_KEY: apiKey, TWILIO_API_SECRET: apiSecret } = environment;
  const authorization = apiKey && apiSecret
    ? basic(apiKey, apiSecret)
    : accountSid && authToken && basic(accountSid, authToken);
  if (!accountSid || !authorization) return {};
  const calls = `${apiHost(environment)}/2010-04-01/Accounts/${
    encodeURIComponent(accountSid)
  }/Calls`;
  const post = (
    purpose: Purpose,
    path: string,
    form: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) =>
    send({
      carrier: "Twilio",
      purpose,
      method: "POST",
      url: `${calls}${path}.json`,
      headers: {
        authorization,
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
      },
      body: new URLSearchParams(form).toString(),
      variables: apiKey
        ? "TWILIO_API_KEY and TWILIO_API_SECRET"
        : "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
      over: (status, code) =>
        (status === 404 && code === "20404") || (status === 400 && code === "21220"),
    }, signal);
  return {
    async hangUp({ callId }, signal) {
      if (callId === MOCK_CALL) return;
      await post("hang_up", `/${callSegment(callId, "hang_up")}`, { Status: "completed" }, signal);
    },
    async transfer({ callId, to, from }, signal) {
      const party = element(isSipAddress(to) ? "Sip" : "Number", {}, to);
      const dial = element("Dial", from === undefined ? {} : { callerId: from }, party);
      const Twiml = element("Response", {}, dial).markup;
      await post("transfer", `/${callSegment(callId, "transfer")}`, { Twiml }, signal);
    },
    async dial({ to, from, answerUrl, eventUrl, machineDetection }, signal) {
      const detection = machineDetection
        ? {
          MachineDetection: machineDetection === "greeting" ? "DetectMessageEnd" : "Enable",
          AsyncAmd: "true", // else whoever answers hears nothing for seconds
          AsyncAmdStatusCallback: eventUrl,
        }
        : {};
      const form = { To: to, From: from, Url: answerUrl, StatusCallback: eventUrl, ...detection };
      const answer = fields(await post("dial", "", form, signal)) ?? {};
      return dialledId("Twilio", field(answer, "sid"));
    },
  };
}

function apiHost({ TWILIO_BASE_URL, TWILIO_EDGE, TWILIO_REGION }: Environment): string {
  if (TWILIO_BASE_URL) return apiAddress(TWILIO_BASE_URL);
  const region = TWILIO_REGION || (TWILIO_EDGE ? "us1" : "");
  return `https://${["api", TWILIO_EDGE, region, "twilio.com"].filter(Boolean).join(".")}`;
}
