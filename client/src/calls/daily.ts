import { RETRY } from "../session/sentences.ts";
import type { DailyFrame } from "./daily_frame.ts";
import { openFrame } from "./frame.ts";
import type { RtviLine, RtviLineOptions } from "./line.ts";

const SAMPLE_MS = 1000;

/**
 * Prepares Pipecat's own transport for Daily. It loads Daily's code from Daily, and does so in a
 * document of its own: this page may load nothing from elsewhere, and a call that is over leaves
 * nothing behind.
 */
export async function openDailyLine(
  { log, update }: RtviLineOptions,
): Promise<RtviLine> {
  const frame = await openFrame<DailyFrame>("daily.html", { title: "Daily", name: "openDaily" });
  const transport = frame.api.openDaily();
  const daily = transport.dailyCallClient;
  let notLoaded = false;
  let room = "";
  daily.on("load-attempt-failed", () => {
    notLoaded = true;
  });
  daily.on("loaded", () => {
    notLoaded = false;
  });

  function userTrack(track: MediaStreamTrack | undefined): void {
    if (track) update({ userSound: new MediaStream([track]), microphoneFailure: undefined });
    else update({ userSound: undefined });
  }

  async function sample(): Promise<void> {
    const { stats } = await daily.getNetworkStats();
    const { recvBitsPerSecond: received, sendBitsPerSecond: sent } = stats.latest ?? {};
    if (typeof received !== "number" || typeof sent !== "number") return;
    log.quality({ received: received / 1000, sent: sent / 1000 });
  }

  return {
    transport,
    request: { createDailyRoom: true },
    accept(answer) {
      const { dailyRoom, sessionId } = (answer ?? {}) as Record<
        string,
        unknown
      >;
      if (typeof sessionId === "string") update({ sessionId });
      if (typeof dailyRoom === "string") room = dailyRoom;
      return answer;
    },
    live() {
      update({ path: `Daily's room ${room}` });
      // A microphone that was open before has not been told of.
      const { audio } = transport.tracks().local;
      if (audio) userTrack(audio);
      const timer = setInterval(
        () => void sample().catch(() => undefined),
        SAMPLE_MS,
      );
      return () => clearInterval(timer);
    },
    // The room is Daily's, so nothing that comes is a sign of the runner.
    heard: () => Promise.resolve(0),
    works: () => true,
    clear: () => {},
    userTrack,
    unreachable: () => ({
      sentence: "The Daily room could not be joined.",
      advice: room ? `It is ${room}. ${RETRY}` : RETRY,
      failed: true,
    }),
    notReady: () =>
      notLoaded
        ? {
          sentence: "Daily's code could not be loaded from c.daily.co.",
          advice: "No bot was started. Let this browser reach c.daily.co, or",
          link: {
            href: new URL("../daily", document.baseURI).href,
            text: "open a room in a new tab",
          },
          failed: true,
        }
        : undefined,
    broken: (message) => ({
      sentence: `Daily reports: ${message.replace(/\.$/, "")}.`,
      advice: RETRY,
      failed: true,
    }),
    // The SDK was told to leave the room, which takes a moment.
    close: () => void setTimeout(() => frame.remove(), SAMPLE_MS),
  };
}
