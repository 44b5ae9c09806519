import type { PipecatClientOptions, RTVIMessage } from "@pipecat-ai/client-js";
import { DailyTransport } from "@pipecat-ai/daily-transport";
import type { Tap } from "./line.ts";

/** What `daily.html` offers the page around it. */
export interface DailyFrame {
  /** Makes a transport; it loads Daily's code when its devices are opened. */
  openDaily(tap: Tap): DailyTransport;
}

/** The transport of Pipecat's SDK, with an eye on its messages. */
class TappedDailyTransport extends DailyTransport {
  readonly #tap: Tap;

  constructor(tap: Tap) {
    // With a script element, which a policy can name, in place of `eval`.
    super({ dailyConfig: { avoidEval: true } });
    this.#tap = tap;
  }

  override initialize(
    options: PipecatClientOptions,
    handle: (message: RTVIMessage) => void,
  ): void {
    super.initialize(options, (message) => {
      this.#tap("in", message);
      handle(message);
    });
  }

  override sendMessage(message: RTVIMessage): void {
    this.#tap("out", message);
    super.sendMessage(message);
  }
}

const frame: DailyFrame = { openDaily: (tap) => new TappedDailyTransport(tap) };
Object.assign(globalThis, frame);
