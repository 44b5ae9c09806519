/**
 * What Exotel can be told to do: to make a call, whose stream is the bot's.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { field, fields } from "./fields.ts";
import { apiAddress, basic, dialledId, send } from "./rest.ts";

/** Makes the commands that the secrets allow. */
export function exotelCommands(environment: Environment): CarrierCommands {
  const {
    EXOTEL_API_KEY: apiKey,
    EXOTEL_API_TOKEN: apiToken,
    EXOTEL_SID: accountSid,
    EXOTEL_BASE_URL: baseUrl = "https://api.exotel.com",
    EXOTEL_STREAM_USERNAME: username,
    EXOTEL_STREAM_PASSWORD: password,
  } = environment;
  if (!apiKey || !apiToken || !accountSid) return {};
  return {
    async dial({ to, from, streamUrl, eventUrl }, signal) {
      const events = new URL(eventUrl);
      // Exotel signs nothing, and brings what the address holds.
      if (username && password) Object.assign(events, { username, password });
      const answer = fields(
        await send({
          carrier: "Exotel",
          purpose: "dial",
          method: "POST",
          url: `${apiAddress(baseUrl)}/v1/Accounts/${
            encodeURIComponent(accountSid)
          }/Calls/connect.json`,
          headers: {
            authorization: basic(apiKey, apiToken),
            "content-type": "application/x-www-form-urlencoded",
          },
          body: new URLSearchParams({
            From: to, // whom Exotel calls first, which is nobody else here
            CallerId: from,
            StreamUrl: streamUrl,
            StreamType: "bidirectional",
            StatusCallback: events.href,
            "StatusCallbackEvents[0]": "terminal",
          }).toString(),
          variables: "EXOTEL_API_KEY, EXOTEL_API_TOKEN and EXOTEL_SID",
        }, signal),
      );
      const call = fields(field(answer ?? {}, "Call")) ?? {};
      return dialledId("Exotel", field(call, "Sid"));
    },
  };
}
