import type { PipecatClientOptions, RTVIMessage } from "@pipecat-ai/client-js";
import { SmallWebRTCTransport } from "@pipecat-ai/small-webrtc-transport";
import type { Microphone } from "./microphone.ts";
import type { Tap } from "./call.ts";

/** The transport of Pipecat's SDK, with an eye on its messages. */
export class BrowserTransport extends SmallWebRTCTransport {
  readonly #tap: Tap;
  /** Between which addresses a way was looked for, in words; empty before that. */
  tried = "";

  constructor(microphone: Microphone, tap: Tap) {
    super({
      mediaManager: microphone,
      offerUrlTemplate: new URL("../sessions/:sessionId/api/offer", document.baseURI).href,
    });
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

  /** The connection of now, which a reconnection replaces. */
  get peerConnection(): RTCPeerConnection | undefined {
    // The SDK keeps it private and has no other way to reach it.
    const connection: unknown = Reflect.get(this, "pc");
    if (!(connection instanceof RTCPeerConnection)) return undefined;
    return connection;
  }

  /** Sends another track in place of the microphone's, with no new offer. */
  async replaceMicrophone(track: MediaStreamTrack | null): Promise<void> {
    await this.peerConnection?.getSenders()[0]?.replaceTrack(track);
  }

  /**
   * Takes the place of the SDK's private method of this name, which also stops the tracks that were
   * sent: after a reconnection that would silence the microphone, which goes on.
   */
  closePeerConnection(connection: RTCPeerConnection): void {
    connection.close();
  }
}
