/** A page with Pipecat's client SDK on Daily, as an app in production would use it. */
import { PipecatClient } from "@pipecat-ai/client-js";
import { DailyTransport } from "@pipecat-ai/daily-transport";

const states: string[] = [];
const started: unknown[] = [];

const client = new PipecatClient({
  transport: new DailyTransport(),
  enableMic: true,
  callbacks: {
    onTransportStateChanged: (state) => void states.push(state),
    // A copy, for the transport changes what it is given.
    onBotStarted: (response) => void started.push(structuredClone(response)),
  },
});

Object.assign(globalThis, { client, states, started });
