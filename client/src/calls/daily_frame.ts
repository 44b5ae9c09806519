import { DailyTransport } from "@pipecat-ai/daily-transport";

/** What `daily.html` offers the page around it. */
export interface DailyFrame {
  /** Makes a transport; it loads Daily's code when its devices are opened. */
  openDaily(): DailyTransport;
}

const frame: DailyFrame = {
  // With a script element, which a policy can name, in place of `eval`.
  openDaily: () => new DailyTransport({ dailyConfig: { avoidEval: true } }),
};
Object.assign(globalThis, frame);
