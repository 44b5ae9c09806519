/**
 * What Plivo can be told to do with a call: its REST API of calls.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { isSipAddress } from "../destination.ts";
import { fields } from "./fields.ts";
import { apiAddress, basic, callSegment, dialledId, type Purpose, send } from "./rest.ts";
import { element, xmlDocument } from "./xml.ts";

/** Makes the commands that the secrets allow. */
export function plivoCommands(environment: Environment): CarrierCommands {
  const {
    PLIVO_AUTH_ID: authId,
    PLIVO_AUTH_TOKEN: authToken,
    PLIVO_BASE_URL: baseUrl = "https://api.plivo.com/v1",
  } = environment;
  if (!authId || !authToken) return {};
  const request = (
    purpose: Purpose,
    [method, path]: readonly ["POST" | "DELETE", string],
    body: unknown,
    signal: AbortSignal,
  ) =>
    send({
      carrier: "Plivo",
      purpose,
      method,
      url: `${apiAddress(baseUrl)}/Account/${encodeURIComponent(authId)}/Call/${path}`,
      headers: { authorization: basic(authId, authToken), "content-type": "application/json" },
      body: JSON.stringify(body),
      variables: "PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN",
      ...(purpose === "dial" ? {} : { over: (status: number) => status === 404 }),
    }, signal);
  return {
    async hangUp({ callId }, signal) {
      const call = callSegment(callId, "hang_up"); // without an id, this would end all calls
      await request("hang_up", ["DELETE", `${call}/`], {}, signal);
    },
    async transfer({ callId, to, from, publish }, signal) {
      const party = element(isSipAddress(to) ? "User" : "Number", {}, to);
      const dial = element("Dial", from === undefined ? {} : { callerId: from }, party);
      const aleg_url = await publish(xmlDocument(element("Response", {}, dial)));
      const order = { legs: "aleg", aleg_url, aleg_method: "POST" };
      await request("transfer", ["POST", `${callSegment(callId, "transfer")}/`], order, signal);
    },
    async dial({ to, from, answerUrl, eventUrl, machineDetection }, signal) {
      const detection = machineDetection
        ? {
          machine_detection: "true",
          machine_detection_url: eventUrl,
          machine_detection_method: "POST",
        }
        : {};
      const order = {
        from,
        to,
        answer_url: answerUrl,
        answer_method: "POST",
        hangup_url: eventUrl,
        hangup_method: "POST",
        ...detection,
      };
      const answer = await request("dial", ["POST", ""], order, signal);
      return dialledId("Plivo", fields(answer)?.request_uuid);
    },
  };
}
