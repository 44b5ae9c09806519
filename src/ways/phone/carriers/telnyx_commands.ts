/**
 * What Telnyx can be told to do with a call: the commands of Call Control.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands, StreamAnswer } from "../../../core/carrier_commands.ts";
import { type Fields, fields } from "./fields.ts";
import { apiAddress, callSegment, dialledId, type Purpose, send } from "./rest.ts";

/** Makes the commands that the secrets allow. */
export function telnyxCommands(environment: Environment): CarrierCommands {
  const {
    TELNYX_API_KEY: apiKey,
    TELNYX_CONNECTION_ID: connectionId,
    TELNYX_STREAM_AUTH_TOKEN: streamToken,
    TELNYX_BASE_URL: baseUrl = "https://api.telnyx.com/v2",
  } = environment;
  if (!apiKey) return {};
  const post = (purpose: Purpose, path: string, body: unknown, signal: AbortSignal) =>
    send({
      carrier: "Telnyx",
      purpose,
      method: "POST",
      url: `${apiAddress(baseUrl)}/calls${path}`,
      headers: {
        authorization: `Bearer ${apiKey}`,
        "content-type": "application/json",
        accept: "application/json",
      },
      body: JSON.stringify(body),
      variables: "TELNYX_API_KEY",
      over: (status, code) => status === 422 && code === "90018",
    }, signal);
  const act = async (
    purpose: Purpose,
    callId: string,
    action: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<void> => {
    await post(purpose, `/${callSegment(callId, purpose)}/actions/${action}`, body, signal);
  };
  return {
    hangUp: ({ callId }, signal) => act("hang_up", callId, "hangup", {}, signal),
    answerCall: (callId: string, stream: StreamAnswer | undefined, signal: AbortSignal) =>
      stream
        ? act("answer", callId, "answer", streamFields(stream.url), signal)
        : act("answer", callId, "reject", { cause: "CALL_REJECTED" }, signal),
    transfer: ({ callId, to, from }, signal) =>
      act("transfer", callId, "transfer", { to, from }, signal),
    sendDigits: ({ callId }, digits, signal) =>
      act("send_digits", callId, "send_dtmf", { digits }, signal),
    ...(connectionId
      ? {
        async dial({ to, from, streamUrl, eventUrl, machineDetection }, signal) {
          const detection = machineDetection === "greeting" ? "greeting_end" : "detect";
          const order = {
            connection_id: connectionId,
            to,
            from,
            ...streamFields(streamUrl),
            ...(streamToken ? { stream_auth_token: streamToken } : {}),
            webhook_url: eventUrl,
            ...(machineDetection ? { answering_machine_detection: detection } : {}),
          };
          const answer = fields(await post("dial", "", order, signal));
          return dialledId("Telnyx", fields(answer?.data)?.call_control_id);
        },
      }
      : {}),
  };
}

/** The stream of a command; it carries no parameters, but `start` tells the numbers. */
function streamFields(url: string): Fields {
  return {
    stream_url: url,
    stream_track: "inbound_track",
    stream_codec: "PCMU",
    stream_bidirectional_mode: "rtp",
    stream_bidirectional_codec: "PCMU",
    stream_bidirectional_target_legs: "self",
  };
}
