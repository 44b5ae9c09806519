/**
 * The mouth of livekit-agents.ts: LiveKit Agents over any transport, without a room.
 *
 * @module
 */
import { type AudioFrame, type Transport } from "jsr:@pipecat/runner";
import { pushable } from "jsr:@pipecat/runner/models";
import { voice } from "npm:@livekit/agents@1.9.0";
import type * as rtc from "npm:@livekit/rtc-node@0.13.34";

const RATE = 24_000;

/** Speaks to the caller, and reports how much was heard. */
export class Mouth extends voice.AudioOutput {
  /** The text of what is said next. */
  text: AsyncIterable<string> = pushable<string>();
  #transport: Transport;
  #sound: ReturnType<typeof pushable<AudioFrame>> | undefined;

  constructor(transport: Transport) {
    super(RATE, undefined, { pause: false });
    this.#transport = transport;
  }

  override async captureFrame(frame: rtc.AudioFrame): Promise<void> {
    await super.captureFrame(frame);
    const { data, sampleRate } = frame;
    this.#sound ??= this.#begin();
    this.#sound.push({ type: "audio", samples: data, sampleRate, channels: 1 });
  }

  #begin() {
    const sound = pushable<AudioFrame>();
    const utterance = this.#transport.say(sound, { text: this.text });
    this.onPlaybackStarted(Date.now());
    void utterance.done.then(({ heardMs, interrupted }) => {
      const synchronizedTranscript = utterance.heardText;
      this.onPlaybackFinished({
        playbackPosition: heardMs / 1000,
        interrupted,
        synchronizedTranscript,
      });
    });
    return sound;
  }

  override flush(): void {
    super.flush();
    this.#sound?.end();
    this.#sound = undefined;
  }

  override clearBuffer(): void {
    this.#transport.interrupt();
  }
}
