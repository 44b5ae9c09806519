/**
 * Plivo's commands for a call: its REST API of calls.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { isSipAddress } from "../destination.ts";
import { fields } from "./fields.ts";
import { basic, callSegment, commandsTo, dialledId } from "./rest.ts";
import { element, xmlDocument } from "./xml.ts";

/** Makes the commands that the secrets allow. */
export function plivoCommands(environment: Environment): CarrierCommands {
  const {
    PLIVO_AUTH_ID: authId,
    PLIVO_AUTH_TOKEN: authToken,
    PLIVO_BASE_URL: address = "https://api.plivo.com/v1",
  } = environment;
  if (!authId || !authToken) return {};
  const send = commandsTo({
    carrier: "Plivo",
    address,
    folder: `/Account/${encodeURIComponent(authId)}/Call/`,
    authorization: () => basic(authId, authToken),
    variables: "PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN",
    over: (status) => status === 404,
  });
  return {
    async hangUp({ callId }, signal) {
      const call = callSegment(callId, "hang_up"); // without an id, this would end all calls
      await send("hang_up", `${call}/`, {}, signal, "DELETE");
    },
    async transfer({ callId, to, from, publish }, signal) {
      const party = element(isSipAddress(to) ? "User" : "Number", {}, to);
      const dial = element("Dial", from === undefined ? {} : { callerId: from }, party);
      const aleg_url = await publish(xmlDocument(element("Response", {}, dial)));
      const order = { legs: "aleg", aleg_url, aleg_method: "POST" };
      await send("transfer", `${callSegment(callId, "transfer")}/`, order, signal);
    },
    async dial({ to, from, answerUrl, eventUrl, machineDetection }, signal) {
      const order = {
        from,
        to,
        answer_url: answerUrl,
        answer_method: "POST",
        hangup_url: eventUrl,
        hangup_method: "POST",
        ...(machineDetection
          ? {
            machine_detection: "true",
            machine_detection_url: eventUrl,
            machine_detection_method: "POST",
          }
          : {}),
      };
      return dialledId("Plivo", fields(await send("dial", "", order, signal))?.request_uuid);
    },
  };
}
