import { startRecorder } from "../audio/recorder.ts";
import { type Call, HUNG_UP, type Show } from "../calls/call.ts";
import { startCall } from "../calls/start_call.ts";
import type { Hands, RecordedCaller } from "../replay/recorded_caller.ts";
import { createDoingFinder } from "./doing.ts";
import type { Ending } from "./happenings.ts";
import { createLiveRecord, type LiveRecord } from "./live_record.ts";
import { createLog } from "./log.ts";
import { NOT_LOADED, RECORDED_DONE } from "./sentences.ts";
import type { Settings } from "./settings.ts";
import type { Processing } from "./sound.ts";
import { createSpeechNotes } from "./speech_notes.ts";
import { mayTalk } from "./states.ts";
import type { Store } from "./store.ts";
import { NO_CALL, NO_SIGHT, type SessionView } from "./view.ts";

/** What a call of the page needs. */
export interface RunOptions {
  /** Takes what there is to see of it. */
  readonly store: Store<SessionView>;
  readonly settings: Settings;
  /** The name of the bot, where there are several. */
  readonly bot: string | undefined;
  /** The `body` of the start request. */
  readonly body: unknown;
  readonly processing: Processing;
  /** Who calls in place of the user. */
  readonly caller?: RecordedCaller | undefined;
  /** What that caller does beside talking. */
  readonly hands: Hands;
  readonly onLive: () => void;
  readonly onOver: (ending: Ending | undefined) => void;
}

/** A call of the page, from its start to its end. */
export interface RunningCall {
  readonly record: LiveRecord;
  /** What the call can do, as far as its code is there. */
  readonly call: Call;
}

/** A recorded caller talks to a bot that never says that it is ready after so long, in ms. */
const UNREADY_MS = 5000;

/** Starts a call, and notes all of it in its record and in what there is to see. */
export function runCall(options: RunOptions): RunningCall {
  const { store, settings, bot, body, processing, caller, hands, onLive, onOver } = options;
  const { get, patch } = store;
  patch({
    ...NO_CALL,
    ...NO_SIGHT,
    call: "starting",
    changed: false,
    recorded: caller !== undefined,
    startedAt: new Date(),
  });
  const record = createLiveRecord({ settings, bot, get });
  const doing = createDoingFinder();
  const log = createLog(store, (message) => {
    record.message(message);
    doing.told(message);
    look();
  });
  /** Shows what both sides do, if that is something else. */
  const look = (): void => {
    const now = doing.at(log.now());
    if (!over && now !== get().doing) store.patchSoon({ doing: now });
  };
  const note = createSpeechNotes({ store, log, doing, settings });
  let over = false;
  const recording = startRecorder((step) => {
    if (over) return;
    const at = log.timeOf(step.at);
    record.step(step, at);
    caller?.hear(step);
    note("user", step.user, at);
    note("bot", step.bot, at);
    look();
  }).then((made) => record.recorder = made);

  const show: Show = (change) => {
    if (over) return;
    patch(change);
    if ("userSound" in change) void recording.then((made) => made.use("user", change.userSound));
    if ("botSound" in change) void recording.then((made) => made.use("bot", change.botSound));
    if (change.call === "live") onLive();
    const ready = mayTalk(settings.transport, change);
    if (ready || change.call === "live") {
      void caller?.talk(hands, ready ? 0 : UNREADY_MS).then(() => {
        if (!over) call.end(RECORDED_DONE);
      });
    }
    if (change.call === "off") end(change.ending);
  };
  const end = (ending: Ending | undefined): void => {
    over = true;
    patch({
      transport: "disconnected",
      botReady: false,
      userSound: undefined,
      botSound: undefined,
      ...NO_SIGHT,
      recorded: false,
      endedAt: log.now(),
      speeches: get().speeches.map((speech) => ({ to: log.now(), ...speech })),
    });
    log.stop();
    record.end();
    removeEventListener("beforeunload", warn);
    void recording.then((made) => made.close());
    caller?.close();
    onOver(ending);
  };

  addEventListener("beforeunload", warn);
  const { muted, microphoneId } = get();
  let cancelled = false;
  let call: Call = {
    // Until the code of the call is there.
    end(ending) {
      cancelled = true;
      show({ call: "off", ending });
    },
    setMuted: () => {},
    chooseMicrophone: () => {},
    press: () => {},
  };
  const voice = caller ? { voice: caller.voice } : {};
  startCall({ settings, body, muted, microphoneId, processing, ...voice, show, log }).then(
    (made) => {
      if (cancelled) return made.end(HUNG_UP);
      call = made;
      if (get().muted !== muted) made.setMuted(get().muted);
    },
    () => show({ call: "off", ending: NOT_LOADED }),
  );
  return {
    record,
    get call() {
      return call;
    },
  };
}

/** Has the browser ask whether to leave: the call would be over. */
function warn(event: Event): void {
  event.preventDefault();
}
