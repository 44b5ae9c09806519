/**
 * Twilio's commands for a call: its REST API of calls.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { isSipAddress } from "../destination.ts";
import { fields } from "./fields.ts";
import { basic, callSegment, commandsTo, dialledId } from "./rest.ts";
import { element } from "./xml.ts";

/** The call of the prebuilt page, which speaks Twilio's protocol without a phone. */
const MOCK_CALL = "mock";

/** Makes the commands that the secrets allow. */
export function twilioCommands(environment: Environment): CarrierCommands {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = environment;
  const { TWILIO_API_KEY: apiKey, TWILIO_API_SECRET: apiSecret } = environment;
  const keyed = apiKey && apiSecret;
  if (!accountSid || !(keyed || authToken)) return {};
  const send = commandsTo({
    carrier: "Twilio",
    address: apiHost(environment),
    folder: `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Calls`,
    authorization: () => keyed ? basic(apiKey, apiSecret) : basic(accountSid, authToken ?? ""),
    variables: keyed
      ? "TWILIO_API_KEY and TWILIO_API_SECRET"
      : "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
    over: (status, code) =>
      (status === 404 && code === "20404") || (status === 400 && code === "21220"),
  });
  return {
    async hangUp({ callId }, signal) {
      if (callId === MOCK_CALL) return;
      const form = new URLSearchParams({ Status: "completed" });
      await send("hang_up", `/${callSegment(callId, "hang_up")}.json`, form, signal);
    },
    async transfer({ callId, to, from }, signal) {
      const party = element(isSipAddress(to) ? "Sip" : "Number", {}, to);
      const dial = element("Dial", from === undefined ? {} : { callerId: from }, party);
      const form = new URLSearchParams({ Twiml: element("Response", {}, dial).markup });
      await send("transfer", `/${callSegment(callId, "transfer")}.json`, form, signal);
    },
    async dial({ to, from, answerUrl, eventUrl, machineDetection }, signal) {
      const form = new URLSearchParams({
        To: to,
        From: from,
        Url: answerUrl,
        StatusCallback: eventUrl,
        ...(machineDetection
          ? {
            MachineDetection: machineDetection === "greeting" ? "DetectMessageEnd" : "Enable",
            AsyncAmd: "true", // otherwise the callee hears nothing for seconds
            AsyncAmdStatusCallback: eventUrl,
          }
          : {}),
      });
      return dialledId("Twilio", fields(await send("dial", ".json", form, signal))?.sid);
    },
  };
}

function apiHost({ TWILIO_BASE_URL, TWILIO_EDGE, TWILIO_REGION }: Environment): string {
  if (TWILIO_BASE_URL) return TWILIO_BASE_URL;
  const region = TWILIO_REGION || (TWILIO_EDGE ? "us1" : "");
  return `https://${["api", TWILIO_EDGE, region, "twilio.com"].filter(Boolean).join(".")}`;
}
