import { SmallWebRTCTransport } from "@pipecat-ai/small-webrtc-transport";
import { OPEN_UDP } from "../session/sentences.ts";
import type { Sight } from "../session/view.ts";
import { createFilming, type Filmed } from "./filming.ts";
import type { RtviLine, RtviLineOptions } from "./line.ts";
import { Microphone } from "./microphone.ts";
import { received, watchConnection, watchQuality } from "./quality.ts";

const UNREACHABLE =
  "Could not connect to the bot: the runner refused it, or the network blocks WebRTC.";

/** The order in which the SDK adds them. */
const SECTIONS = { microphone: 0, camera: 1, screen: 2 } as const;

/** Prepares Pipecat's transport for WebRTC, with the page's microphone. */
export function openWebRtcLine(options: RtviLineOptions & { readonly stun: boolean }): RtviLine {
  const { log, update, steps } = options;
  let filmed: Sight["filmed"] = {};
  const filming = createFilming({
    changed(what, stream) {
      const { [what]: _, ...others } = filmed;
      filmed = stream ? { ...others, [what]: stream } : others;
      update({ filmed });
      void transport.replaceTrack(what, stream?.getVideoTracks()[0] ?? null);
    },
    failed(what, filmProblem) {
      update({ filmProblem });
      transport.film(what, false);
    },
  });
  const microphone = new Microphone(options, (userSound) => {
    update({ userSound, ...(userSound ? { microphoneFailure: undefined } : {}) });
    void transport.replaceTrack("microphone", userSound?.getAudioTracks()[0] ?? null);
  }, filming);
  const transport: BrowserTransport = new BrowserTransport(microphone);
  /** Between which addresses a way was looked for, in words; empty before that. */
  let tried = "";
  const connection = (): RTCPeerConnection | undefined => transport.peerConnection;
  return {
    transport,
    request: { createDailyRoom: false, enableDefaultIceServers: options.stun },
    accept(answer) {
      const { sessionId } = (answer ?? {}) as { sessionId?: unknown };
      if (typeof sessionId === "string") update({ sessionId });
      return answer;
    },
    connecting: () =>
      watchConnection(connection, steps, (words) => {
        tried = words;
      }),
    live: () => watchQuality(connection, { log, show: update }),
    heard: () => received(connection()),
    ask: (signal) => transport.ask(signal),
    works: () => connection()?.connectionState === "connected",
    clear: () => {},
    process: (processing) => void microphone.process(processing),
    film: (what, on) => transport.film(what, on),
    unreachable: () =>
      tried
        ? {
          sentence: "ICE failed: there is no network path to the bot.",
          advice: `${tried} ${OPEN_UDP}`,
          failed: true,
        }
        : { sentence: UNREACHABLE, advice: OPEN_UDP, failed: true },
    // The SDK forgets it when there was no connection yet.
    close: () => void microphone.disconnect(),
  };
}

/** The transport of Pipecat's SDK, with a way to its connection. */
class BrowserTransport extends SmallWebRTCTransport {
  constructor(microphone: Microphone) {
    super({
      mediaManager: microphone,
      offerUrlTemplate: new URL("../sessions/:sessionId/api/offer", document.baseURI).href,
    });
  }

  /** The connection of now, which a reconnection replaces. */
  get peerConnection(): RTCPeerConnection | undefined {
    // The SDK keeps it private and has no other way to reach it.
    const connection: unknown = Reflect.get(this, "pc");
    if (!(connection instanceof RTCPeerConnection)) return undefined;
    return connection;
  }

  /** Asks whoever has the connection for it: it is told of no candidates. */
  async ask(signal: AbortSignal): Promise<Response> {
    // The SDK keeps its id private, too.
    const id: unknown = Reflect.get(this, "pc_id");
    const body = JSON.stringify({ pc_id: id, candidates: [] });
    const headers = { "content-type": "application/json" };
    const url = new URL("../api/offer", document.baseURI);
    return await fetch(url, { method: "PATCH", headers, body, signal });
  }

  /** Sends another track, with no new offer. */
  async replaceTrack(what: keyof typeof SECTIONS, track: MediaStreamTrack | null): Promise<void> {
    await this.peerConnection?.getTransceivers()[SECTIONS[what]]?.sender.replaceTrack(track);
  }

  /** Turns the camera or the screen on or off, and tells the bot. */
  film(what: Filmed, on: boolean): void {
    if (what === "camera") this.enableCam(on);
    else void this.enableScreenShare(on);
  }

  /**
   * Takes the place of the SDK's private method of this name, which also stops the tracks that were
   * sent: after a reconnection that would silence the microphone, which goes on.
   */
  closePeerConnection(connection: RTCPeerConnection): void {
    connection.close();
  }
}
