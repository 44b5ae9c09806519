import { STEP_MS } from "../audio/loudness.ts";
import type { Recorder, Step } from "../audio/recorder.ts";
import type { Keeper } from "../kept/keeper.ts";
import type { LoggedMessage } from "./happenings.ts";
import { loadPart } from "./load_part.ts";
import type { CallRecord, Loudness } from "./record.ts";
import { keptSentence } from "./sentences.ts";
import type { Settings } from "./settings.ts";
import type { CallView } from "./view.ts";

/** The record of a call that goes on; it is kept in the browser, too. */
export interface LiveRecord extends CallRecord {
  /** Its sound, once it is recorded. */
  recorder: Recorder | undefined;
  /** A step of sound, which ends at this time, in ms since the call began. */
  step(step: Step, at: number): void;
  message(message: LoggedMessage): void;
  /** The call is over: what is there now is what it was. */
  end(): void;
}

/** What a record is made of. */
export interface LiveRecordOptions {
  readonly settings: Settings;
  /** The name of the bot, where there are several. */
  readonly bot: string | undefined;
  readonly get: () => CallView;
}

/** Two hours of steps; a part of the oldest goes first. */
const MAX_STEPS = 2 * 3_600_000 / STEP_MS;
const DROPPED_STEPS = 1000;

/** Makes the record of a call that begins now. */
export function createLiveRecord({ settings, bot, get }: LiveRecordOptions): LiveRecord {
  const loudness: Loudness = { from: 0, user: [], bot: [] };
  const id = crypto.randomUUID();
  /** When the sound began, in ms since the call began. */
  let soundFrom = 0;
  /** Whether all of the sound is encoded, too. */
  let encoded = false;
  let last: CallView | undefined;
  const view = (): CallView => last ?? get();
  const file = async (seen: CallView): ReturnType<CallRecord["file"]> => {
    const { callFileOf } = await loadPart(import("./call_file.ts"));
    const { recording } = record.recorder ?? {};
    const began = (seen.startedAt?.getTime() ?? 0) + soundFrom;
    const whole = recording?.cut && encoded ? { ...recording, from: began } : recording;
    return callFileOf({ view: seen, loudness, settings, recording: whole });
  };
  // Without it the call goes on, and is not kept.
  const keeper: Promise<Keeper | undefined> = loadPart(import("../kept/keeper.ts")).then(
    ({ createKeeper }) => createKeeper(describe, STEP_MS),
  ).catch(() => undefined);

  async function describe(): ReturnType<
    Parameters<typeof import("../kept/keeper.ts").createKeeper>[0]
  > {
    const seen = view();
    const { startedAt = new Date(), endedAt, ending } = seen;
    return {
      id,
      startedAt,
      bot,
      transport: settings.transport === "phone" ? settings.carrier : settings.transport,
      durationMs: endedAt ?? Math.max(0, Date.now() - startedAt.getTime()),
      ...(ending ? { ending: ending.sentence } : {}),
      failed: ending?.failed ?? false,
      soundFrom,
      file: await file({ ...seen, messages: [] }),
    };
  }

  const record: LiveRecord = {
    recorder: undefined,
    loudness,
    get: view,
    get lost() {
      const { recording } = record.recorder ?? {};
      return recording?.cut && !encoded ? keptSentence() : "";
    },
    file: () => file(view()),
    async sound() {
      const blob = await (await keeper)?.sound() ?? await record.wav();
      return blob && { blob, from: soundFrom };
    },
    async wav() {
      if (!record.recorder) return undefined;
      const { recording } = record.recorder;
      const { wavFile } = await loadPart(import("../audio/wav.ts"));
      const sound = recording.cut ? await (await keeper)?.sound() : undefined;
      if (!sound) return wavFile(recording);
      const { decoded } = await loadPart(import("../kept/decode.ts"));
      return wavFile(await decoded(sound));
    },
    step({ block, sampleRate, user, bot }, at) {
      if (last) return;
      if (loudness.user.length === 0) soundFrom = loudness.from = at - STEP_MS;
      loudness.user.push(user);
      loudness.bot.push(bot);
      if (loudness.user.length > MAX_STEPS) {
        loudness.user.splice(0, DROPPED_STEPS);
        loudness.bot.splice(0, DROPPED_STEPS);
        loudness.from += DROPPED_STEPS * STEP_MS;
      }
      void keeper.then((keeper) => {
        keeper?.block(block, sampleRate);
        encoded = keeper?.encodes ?? false;
      });
    },
    message: (message) => void keeper.then((keeper) => keeper?.message(message)),
    end() {
      last ??= get();
      void keeper.then((keeper) => keeper?.end());
    },
  };
  return record;
}
