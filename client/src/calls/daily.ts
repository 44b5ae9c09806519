import { startAdvice, startSentence } from "../session/sentences.ts";
import type { Ending } from "../session/view.ts";
import type { Call, CallOptions } from "./call.ts";

/**
 * Sends a bot into a room of Daily. The user goes there in another tab, to Daily's own page: this
 * one loads nothing from elsewhere.
 */
export function startDailyCall({ body, show, log }: CallOptions): Call {
  let over = false;
  const end = (ending: Ending): void => {
    if (over) return;
    over = true;
    show({ call: "off", ending });
  };

  async function connect(): Promise<void> {
    show({ transport: "authenticating" });
    const done = log.phase("Start");
    const request = { createDailyRoom: true, transport: "daily", body };
    const response = await fetch(new URL("../start", document.baseURI), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    const answer: Readonly<Record<string, unknown>> = await response.json();
    done();
    if (!response.ok) throw new Error(String(answer.detail ?? response.statusText));
    const { dailyRoom, dailyToken, sessionId } = answer;
    if (over || typeof dailyRoom !== "string") return;
    const room = new URL(dailyRoom);
    if (typeof dailyToken === "string") room.searchParams.set("t", dailyToken);
    show({
      call: "live",
      transport: "ready",
      liveAt: log.now(),
      room: room.href,
      ...(typeof sessionId === "string" ? { sessionId } : {}),
    });
  }

  void connect().catch((error: unknown) =>
    end({ sentence: startSentence(error), advice: startAdvice(error), failed: true })
  );
  return { end, setMuted: () => {}, chooseMicrophone: () => {}, press: () => {} };
}
