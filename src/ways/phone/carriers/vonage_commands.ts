/**
 * What Vonage can be told to do with a call: its Voice API.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { privateSigner } from "../../../core/jwt.ts";
import { isSipAddress } from "../destination.ts";
import { fields } from "./fields.ts";
import { apiAddress, callSegment, dialledId, type Purpose, send } from "./rest.ts";

/** How long a token of ours is good for, in s: it is for one command. */
const COMMAND_S = 60;

/** Makes the commands that the secrets allow; `now` is the clock in ms. */
export function vonageCommands(
  environment: Environment,
  now: () => number = Date.now,
): CarrierCommands {
  const {
    VONAGE_APPLICATION_ID: application_id,
    VONAGE_PRIVATE_KEY: privateKey,
    VONAGE_BASE_URL: baseUrl = "https://api.nexmo.com",
  } = environment;
  if (!application_id || !privateKey) return {};
  const sign = privateSigner(privateKey, "VONAGE_PRIVATE_KEY");
  const request = async (
    purpose: Purpose,
    path: string,
    body: unknown,
    signal: AbortSignal,
  ) => {
    const iat = Math.floor(now() / 1000);
    const claims = { application_id, iat, exp: iat + COMMAND_S, jti: crypto.randomUUID() };
    return await send({
      carrier: "Vonage",
      purpose,
      method: path === "" ? "POST" : "PUT",
      url: `${apiAddress(baseUrl)}/v1/calls${path}`,
      headers: {
        authorization: `Bearer ${await sign(claims)}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
      variables: "VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY",
      ...(purpose === "dial" ? {} : { over: (status: number) => status === 404 }),
    }, signal);
  };
  return {
    async hangUp({ callId }, signal) {
      const path = `/${callSegment(callId, "hang_up")}`;
      await request("hang_up", path, { action: "hangup" }, signal);
    },
    async transfer({ callId, to, from, own }, signal) {
      const shown = from ?? own; // Vonage shows no number but one of its own
      const endpoint = isSipAddress(to)
        ? { type: "sip", uri: to }
        : { type: "phone", number: plain(to) };
      const connect = {
        action: "connect",
        ...(shown === undefined ? {} : { from: plain(shown) }),
        endpoint: [endpoint],
      };
      const destination = { type: "ncco", ncco: [connect] };
      const path = `/${callSegment(callId, "transfer")}`;
      await request("transfer", path, { action: "transfer", destination }, signal);
    },
    async sendDigits({ callId }, digits, signal) {
      await request("send_digits", `/${callSegment(callId, "send_digits")}/dtmf`, {
        digits,
      }, signal);
    },
    async dial({ to, from, answerUrl, eventUrl, machineDetection }, signal) {
      const detection = machineDetection === "greeting"
        ? { advanced_machine_detection: { behavior: "continue", mode: "default" } }
        : machineDetection
        ? { machine_detection: "continue" }
        : {};
      const order = {
        to: [{ type: "phone", number: plain(to) }],
        from: { type: "phone", number: plain(from) },
        answer_url: [answerUrl],
        answer_method: "POST",
        event_url: [eventUrl],
        event_method: "POST",
        ...detection,
      };
      return dialledId("Vonage", fields(await request("dial", "", order, signal))?.uuid);
    },
  };
}

/** A number as Vonage writes it. */
function plain(number: string): string {
  return number.replace(/^\+/, "");
}
