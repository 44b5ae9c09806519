/**
 * Telnyx's commands for a call: those of Call Control.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { type Fields, fields } from "./fields.ts";
import { callSegment, commandsTo, dialledId, type Purpose } from "./rest.ts";

/** Makes the commands that the secrets allow. */
export function telnyxCommands(environment: Environment): CarrierCommands {
  const {
    TELNYX_API_KEY: apiKey,
    TELNYX_CONNECTION_ID: connection_id,
    TELNYX_STREAM_AUTH_TOKEN: stream_auth_token,
    TELNYX_BASE_URL: address = "https://api.telnyx.com/v2",
  } = environment;
  if (!apiKey) return {};
  const send = commandsTo({
    carrier: "Telnyx",
    address,
    folder: "/calls",
    authorization: () => `Bearer ${apiKey}`,
    variables: "TELNYX_API_KEY",
    over: (status, code) => status === 422 && code === "90018",
  });
  const act = async (
    purpose: Purpose,
    callId: string,
    [action, body]: readonly [string, Fields],
    signal: AbortSignal,
  ): Promise<void> => {
    await send(purpose, `/${callSegment(callId, purpose)}/actions/${action}`, body, signal);
  };
  return {
    hangUp: ({ callId }, signal) => act("hang_up", callId, ["hangup", {}], signal),
    answerCall: (callId, stream, signal) => {
      const rejection = ["reject", { cause: "CALL_REJECTED" }] as const;
      const answer = stream ? ["answer", streamFields(stream.url)] as const : rejection;
      return act("answer", callId, answer, signal);
    },
    transfer: ({ callId, to, from }, signal) =>
      act("transfer", callId, ["transfer", { to, from }], signal),
    sendDigits: ({ callId }, digits, signal) =>
      act("send_digits", callId, ["send_dtmf", { digits }], signal),
    ...(connection_id
      ? {
        async dial({ to, from, streamUrl, eventUrl, machineDetection }, signal) {
          const detection = machineDetection === "greeting" ? "greeting_end" : "detect";
          const order = {
            connection_id,
            to,
            from,
            ...streamFields(streamUrl),
            stream_auth_token: stream_auth_token || undefined,
            webhook_url: eventUrl,
            answering_machine_detection: machineDetection ? detection : undefined,
          };
          const answer = fields(await send("dial", "", order, signal));
          return dialledId("Telnyx", fields(answer?.data)?.call_control_id);
        },
      }
      : {}),
  };
}

/** The stream of a command; it carries no parameters, but `start` has the numbers. */
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
