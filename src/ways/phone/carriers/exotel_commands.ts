/**
 * Exotel's one command: to make a call, whose stream is the bot's.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { field, fields } from "./fields.ts";
import { basic, commandsTo, dialledId } from "./rest.ts";

/** Makes the commands that the secrets allow. */
export function exotelCommands(environment: Environment): CarrierCommands {
  const {
    EXOTEL_API_KEY: apiKey,
    EXOTEL_API_TOKEN: apiToken,
    EXOTEL_SID: accountSid,
    EXOTEL_BASE_URL: address = "https://api.exotel.com",
    EXOTEL_STREAM_USERNAME: username,
    EXOTEL_STREAM_PASSWORD: password,
  } = environment;
  if (!apiKey || !apiToken || !accountSid) return {};
  const send = commandsTo({
    carrier: "Exotel",
    address,
    folder: `/v1/Accounts/${encodeURIComponent(accountSid)}/Calls/`,
    authorization: () => basic(apiKey, apiToken),
    variables: "EXOTEL_API_KEY, EXOTEL_API_TOKEN and EXOTEL_SID",
  });
  return {
    async dial({ to, from, streamUrl, eventUrl }, signal) {
      const events = new URL(eventUrl);
      // Exotel signs nothing, and sends what the address contains.
      if (username && password) Object.assign(events, { username, password });
      const form = new URLSearchParams({
        From: to, // whom Exotel calls first, which is nobody else here
        CallerId: from,
        StreamUrl: streamUrl,
        StreamType: "bidirectional",
        StatusCallback: events.href,
        "StatusCallbackEvents[]": "terminal",
      });
      const answer = fields(await send("dial", "connect.json", form, signal)) ?? {};
      return dialledId("Exotel", field(fields(field(answer, "Call")) ?? {}, "Sid"));
    },
  };
}
