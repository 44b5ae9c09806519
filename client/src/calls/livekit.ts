import { RETRY } from "../session/sentences.ts";
import { openFrame } from "./frame.ts";
import type { RtviLine, RtviLineOptions } from "./line.ts";
import type { LiveKitFrame } from "./livekit_frame.ts";
import { LiveKitTransport } from "./livekit_transport.ts";
import { Microphone } from "./microphone.ts";
import { watchQuality } from "./quality.ts";

/**
 * Prepares a room of LiveKit, with the page's microphone. LiveKit's library runs in a document of its
 * own: this page may reach no server but the runner.
 */
export async function openLiveKitLine(options: RtviLineOptions): Promise<RtviLine> {
  const { log, update, steps } = options;
  const frame = await openFrame<LiveKitFrame>("livekit.html", {
    title: "LiveKit",
    name: "openLiveKit",
  });
  const microphone = new Microphone(options, (userSound) => {
    update({ userSound, ...(userSound ? { microphoneFailure: undefined } : {}) });
    void transport.publish(userSound?.getAudioTracks()[0]);
  });
  const transport: LiveKitTransport = new LiveKitTransport(frame.api, microphone);
  let server = "";
  return {
    transport,
    request: {},
    accept(answer) {
      const { url, token, sessionId } = (answer ?? {}) as Record<string, unknown>;
      if (typeof sessionId === "string") update({ sessionId });
      if (typeof url === "string") server = url;
      return { url, token };
    },
    connecting: () => steps.begin("Room"),
    live: () => watchQuality(() => transport, { log, show: update }),
    // The room is LiveKit's, so nothing that comes is a sign of the runner.
    heard: () => Promise.resolve(0),
    works: () => transport.room.state === "connected",
    clear: () => {},
    process: (processing) => void microphone.process(processing),
    unreachable: () => ({
      sentence: "The LiveKit room could not be joined.",
      advice: server ? `Its server is ${server}. ${RETRY}` : RETRY,
      failed: true,
    }),
    close() {
      void microphone.disconnect();
      frame.remove();
    },
  };
}
