/**
 * Records sessions as they are heard.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import { flag, oneOf, type OptionParsers } from "../core/options.ts";
import { parseSpelledOptions } from "../core/spelled_options.ts";
import { wavHeader } from "../audio/wav.ts";
import { createRecorder, type Recorder } from "../recording/recorder.ts";
import type { RecordingSink } from "../recording/sink.ts";
import type { Feature } from "./feature.ts";

const logger = getLogger(["pipecat", "runner", "recording"]);

/** How to record. */
export interface RecordingOptions {
  /** Samples per second and channel, in Hz. Default: 16000, which is 3.8 MB a minute. */
  readonly sampleRate?: 8000 | 16000 | 24000 | 48000;
  /** Whether the file includes the numbers of phone calls. Default: false. */
  readonly numbers?: boolean;
}

const RECORDING_OPTIONS: OptionParsers<RecordingOptions> = {
  sampleRate: oneOf([8000, 16_000, 24_000, 48_000]),
  numbers: flag,
};

/**
 * Records every session that opens a transport: its sound as heard, the user left and the bot
 * right, and what was said and done. A failing sink ends the recording, but not the call.
 *
 * @throws {RunnerError} `bad_option`, naming the option and what it takes.
 */
export function recordingTo(sink: RecordingSink, options: RecordingOptions = {}): Feature {
  const { sampleRate = 16_000, numbers = false } = parseSpelledOptions<RecordingOptions>(
    RECORDING_OPTIONS,
    options,
    "recording",
  );
  const recorders = new Map<string, Recorder>();
  return {
    name: "recording",
    tap(transport, args) {
      const { sessionId } = args;
      if (!transport.observe || recorders.has(sessionId)) return transport;
      const { from, to } = "callData" in args && numbers ? args.callData : {};
      const name = `${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}-${sessionId}`;
      const header = wavHeader({ sampleRate, channels: 2 });
      const recorder = createRecorder({
        sampleRate,
        session: {
          id: sessionId,
          transport: args.transport,
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        },
        target: sink.open({ sessionId, name, header }),
        onFailure: (error) =>
          logger.error(
            "The recording of session {sessionId} has stopped; the call goes on: {error}",
            {
              sessionId,
              error,
            },
          ),
      });
      recorders.set(sessionId, recorder);
      transport.observe(recorder.observer);
      return transport;
    },
    async session({ id }, run) {
      const end = await run();
      const recorder = recorders.get(id);
      recorders.delete(id);
      await recorder?.finish(end.outcome);
      return end;
    },
  };
}
