/**
 * Vonage's commands for a call: its Voice API.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { privateSigner } from "../../../core/jwt.ts";
import { isSipAddress } from "../destination.ts";
import { fields } from "./fields.ts";
import { callSegment, commandsTo, dialledId } from "./rest.ts";

/** How long our token is valid, in s: it is for one command. */
const COMMAND_S = 60;

/** Makes the commands that the secrets allow; `now` is the clock in ms. */
export function vonageCommands(
  environment: Environment,
  now: () => number = Date.now,
): CarrierCommands {
  const {
    VONAGE_APPLICATION_ID: application_id,
    VONAGE_PRIVATE_KEY: privateKey,
    VONAGE_BASE_URL: address = "https://api.nexmo.com",
  } = environment;
  if (!application_id || !privateKey) return {};
  const sign = privateSigner(privateKey, "VONAGE_PRIVATE_KEY");
  const send = commandsTo({
    carrier: "Vonage",
    address,
    folder: "/v1/calls",
    async authorization() {
      const iat = Math.floor(now() / 1000);
      const claims = { application_id, iat, exp: iat + COMMAND_S, jti: crypto.randomUUID() };
      return `Bearer ${await sign(claims)}`;
    },
    variables: "VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY",
    over: (status) => status === 404,
  });
  return {
    async hangUp({ callId }, signal) {
      const path = `/${callSegment(callId, "hang_up")}`;
      await send("hang_up", path, { action: "hangup" }, signal, "PUT");
    },
    async transfer({ callId, to, from, own }, signal) {
      const connect = {
        action: "connect",
        from: plain(from ?? own), // Vonage shows only its own numbers
        endpoint: [
          isSipAddress(to) ? { type: "sip", uri: to } : { type: "phone", number: plain(to) },
        ],
      };
      const destination = { type: "ncco", ncco: [connect] };
      const path = `/${callSegment(callId, "transfer")}`;
      await send("transfer", path, { action: "transfer", destination }, signal, "PUT");
    },
    async sendDigits({ callId }, digits, signal) {
      const path = `/${callSegment(callId, "send_digits")}/dtmf`;
      await send("send_digits", path, { digits }, signal, "PUT");
    },
    async dial({ to, from, answerUrl, eventUrl, machineDetection }, signal) {
      const order = {
        to: [{ type: "phone", number: plain(to) }],
        from: { type: "phone", number: plain(from) },
        answer_url: [answerUrl],
        answer_method: "POST",
        event_url: [eventUrl],
        event_method: "POST",
        ...(machineDetection === "greeting"
          ? { advanced_machine_detection: { behavior: "continue", mode: "default" } }
          : machineDetection
          ? { machine_detection: "continue" }
          : {}),
      };
      return dialledId("Vonage", fields(await send("dial", "", order, signal))?.uuid);
    },
  };
}

/** A number as Vonage writes it. */
function plain(number: string | undefined): string | undefined {
  return number?.replace(/^\+/, "");
}
