/**
 * Asterisk's manager over HTTP (`/rawman`), as `manager.c` and `app_senddtmf.c` answer.
 */
import { type CarrierApi, formOf } from "./api.ts";

const SESSION = `mansession_id="1f2e3d4c"`;

const text = (...lines: string[]) => new Response(`${lines.join("\r\n")}\r\n\r\n`);
const refused = (message: string) => text("Response: Error", `Message: ${message}`);

/** Asterisk. A call is known by the name of its channel. */
export const asterisk: CarrierApi = {
  environment: (origin) => ({
    ASTERISK_AMI_URL: `${origin}/asterisk`,
    ASTERISK_AMI_USERNAME: "bot",
    ASTERISK_AMI_SECRET: "secret-of-ami",
    ASTERISK_AMI_CONTEXT: "from-bot",
  }),
  answer(request, { live, told }) {
    const form = formOf(request);
    if (request.path !== "/asterisk/rawman" || request.method !== "POST" || !form) {
      return new Response("Not found", { status: 404 });
    }
    if (form.Action === "Login") {
      if (form.Username !== "bot" || form.Secret !== "secret-of-ami") {
        return refused("Authentication failed");
      }
      const response = text("Response: Success", "Message: Authentication accepted");
      response.headers.set("set-cookie", `${SESSION}; Version=1; Max-Age=60`);
      return response;
    }
    if (!request.headers.get("cookie")?.includes(SESSION)) return refused("Permission denied");
    const { Channel = "" } = form;
    switch (form.Action) {
      case "BlindTransfer":
        if (!form.Context) return refused("No context specified");
        if (!form.Exten) return refused("No exten specified");
        if (!live.has(Channel)) return refused("Channel specified does not exist");
        told.push(`transfer ${Channel} ${form.Exten}@${form.Context}`);
        return text("Response: Success", "Message: Transfer succeeded");
      case "PlayDTMF":
        if (!live.has(Channel)) return refused("Channel not found");
        if (!form.Digit) return refused("No digit specified");
        if (form.Receive !== "true") return refused("the wrong side would hear it");
        told.push(`press ${Channel} ${form.Digit}`);
        return text("Response: Success", "Message: DTMF successfully queued");
      case "Logoff":
        return text("Response: Goodbye", "Message: Thanks for all the fish.");
      default:
        return refused("Invalid/unknown command");
    }
  },
};
