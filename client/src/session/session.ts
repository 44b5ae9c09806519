import { type Recorder, startRecorder, STEP_MS } from "../audio/recorder.ts";
import { type Call, type CallOptions, HUNG_UP, type Show } from "../calls/call.ts";
import { listDevices } from "../calls/microphone.ts";
import { startRtviCall } from "../calls/rtvi.ts";
import { askStatus } from "./ask_status.ts";
import { SILENCE, typed } from "./conversation.ts";
import { loadPart } from "./load_part.ts";
import { createLog } from "./log.ts";
import { NOT_LOADED } from "./sentences.ts";
import { loadSettings, parseBody, saveSettings, type Settings, withoutToken } from "./settings.ts";
import { createStore, type Store } from "./store.ts";
import { createTurnFinder, type Heard, type Side } from "./turns.ts";
import type { CallView, SessionView } from "./view.ts";

/** What the user can do, and what there is to see. */
export interface Session extends Pick<Store<SessionView>, "get" | "subscribe"> {
  readonly settings: Store<Settings>;
  /** The sound of the last call; absent before the first. */
  readonly recorder: Recorder | undefined;
  /** How loud both sides were, in steps of 50 ms, the user first; the last call's. */
  readonly loudness: Loudness;
  connect(): void;
  disconnect(): void;
  setMuted(muted: boolean): void;
  /** Chooses a microphone by its device id. */
  chooseMicrophone(deviceId: string): void;
  chooseSpeaker(deviceId: string): void;
  /** Sends the bot a text. */
  say(text: string): void;
  /** Presses a key of the phone. */
  press(key: string): void;
}

/** Loudness over time. It grows in place: whoever draws it looks again. */
export interface Loudness {
  /** When the first step began, in ms since the call began. */
  from: number;
  readonly user: number[];
  readonly bot: number[];
}

const NO_CALL: CallView = {
  call: "off",
  transport: "disconnected",
  botReady: false,
  botSpeaks: false,
  sessionId: undefined,
  startedAt: undefined,
  liveAt: undefined,
  endedAt: undefined,
  ending: undefined,
  microphoneFailure: undefined,
  userSound: undefined,
  botSound: undefined,
  conversation: SILENCE,
  messages: [],
  phases: [],
  moments: [],
  speeches: [],
  turns: [],
  quality: [],
  path: undefined,
};

const MAX_SPEECHES = 1000;
/** Two hours of steps; a part of the oldest goes first. */
const MAX_STEPS = 2 * 3_600_000 / STEP_MS;
const DROPPED_STEPS = 1000;

/** Makes the session of the page: one call at a time, as many as the user likes. */
export function createSession(): Session {
  const store = createStore<SessionView>({
    ...NO_CALL,
    muted: false,
    microphones: [],
    speakers: [],
    microphoneId: undefined,
    speakerId: "",
    enabled: undefined,
    bots: [],
  });
  const { get, patch, subscribe } = store;
  const settings = createStore(loadSettings(location.hash, localStorageOrNone()));
  settings.subscribe(() => saveSettings(settings.get(), localStorageOrNone()));
  const clean = withoutToken(location.href);
  if (clean !== undefined) {
    saveSettings(settings.get(), localStorageOrNone());
    history.replaceState(null, "", clean);
  }
  let call: Call | undefined;
  let recorder: Recorder | undefined;
  let loudness: Loudness = { from: 0, user: [], bot: [] };
  void listDevices().then(patch);
  void askStatus().then((status) => status && patch(status));

  async function start(): Promise<void> {
    const parsed = parseBody(settings.get().body);
    if ("problem" in parsed) {
      const ending = {
        sentence: "The body of the start request is not JSON.",
        advice: `${parsed.problem} See the tab Request.`,
        failed: true,
      };
      return patch({ ending });
    }
    patch({ ...NO_CALL, call: "starting", startedAt: new Date() });
    recorder?.close();
    const log = createLog(store);
    const mine: Loudness = loudness = { from: 0, user: [], bot: [] };
    const finder = createTurnFinder();
    let over = false;
    const recording = startRecorder((user, bot, time) => {
      if (over) return;
      const at = log.timeOf(time);
      if (mine.user.length === 0) mine.from = at - STEP_MS;
      mine.user.push(user);
      mine.bot.push(bot);
      if (mine.user.length > MAX_STEPS) {
        mine.user.splice(0, DROPPED_STEPS);
        mine.bot.splice(0, DROPPED_STEPS);
        mine.from += DROPPED_STEPS * STEP_MS;
      }
      note(finder.push("user", user, at));
      note(finder.push("bot", bot, at));
    }).then((made) => recorder = made);

    function note(heard: Heard | undefined): void {
      if (!heard) return;
      const { speeches, turns } = get();
      const { began, ended, turn } = heard;
      if (began) patch({ speeches: [...speeches, began].slice(-MAX_SPEECHES) });
      if (ended) {
        const same = (other: { side: Side; from: number }): boolean =>
          other.side === ended.side && other.from === ended.from;
        patch({ speeches: get().speeches.map((other) => same(other) ? ended : other) });
        if (settings.get().transport === "phone") {
          const seconds = ((ended.to - ended.from) / 1000).toFixed(1);
          log.line(`spoke for ${seconds} s`, ended.side);
        }
      }
      if (turn) patch({ turns: [...turns, turn] });
    }

    const show: Show = (change) => {
      if (over) return;
      patch(change);
      if ("userSound" in change) void recording.then((made) => made.use("user", change.userSound));
      if ("botSound" in change) void recording.then((made) => made.use("bot", change.botSound));
      if (change.call !== "off") return;
      over = true;
      patch({
        transport: "disconnected",
        botReady: false,
        botSpeaks: false,
        userSound: undefined,
        botSound: undefined,
        endedAt: log.now(),
        speeches: get().speeches.map((speech) => ({ to: log.now(), ...speech })),
      });
      log.stop();
      void recording.then((made) => made.close());
      // Whoever has lost the runner wants to know what it can do when it is back.
      if (change.ending?.failed) void askStatus().then((status) => status && patch(status));
    };
    const { muted, microphoneId } = get();
    const options = { settings: settings.get(), body: parsed.body, muted, microphoneId, show, log };
    let cancelled = false;
    call = {
      // Until the code of the call is there.
      end: (ending) => {
        cancelled = true;
        show({ call: "off", ending });
      },
      setMuted: () => {},
      chooseMicrophone: () => {},
      press: () => {},
    };
    let made: Call;
    try {
      made = await startCall(options);
    } catch {
      return show({ call: "off", ending: NOT_LOADED });
    }
    if (cancelled) return made.end(HUNG_UP);
    call = made;
    if (get().muted !== muted) made.setMuted(get().muted);
  }

  return {
    get,
    subscribe,
    settings,
    get recorder() {
      return recorder;
    },
    get loudness() {
      return loudness;
    },
    connect() {
      if (get().call === "off") void start();
    },
    disconnect: () => call?.end(HUNG_UP),
    setMuted(muted) {
      patch({ muted });
      if (get().call !== "off") call?.setMuted(muted);
    },
    chooseMicrophone(microphoneId) {
      patch({ microphoneId });
      if (get().call !== "off") call?.chooseMicrophone(microphoneId);
    },
    chooseSpeaker: (speakerId) => patch({ speakerId }),
    say(text) {
      if (get().call === "off" || !call?.say) return;
      patch({ conversation: typed(get().conversation, text) });
      call.say(text);
    },
    press(key) {
      if (get().call !== "off") call?.press(key);
    },
  };
}

async function startCall(options: CallOptions): Promise<Call> {
  switch (options.settings.transport) {
    case "phone":
      return (await loadPart(import("../calls/phone.ts"))).startPhoneCall(options);
    case "webrtc":
    case "websocket":
    case "daily":
      return await startRtviCall(options);
  }
}

/** The browser's storage; a stand-in that forgets where it is blocked. */
function localStorageOrNone(): Pick<Storage, "getItem" | "setItem"> {
  let storage: Pick<Storage, "getItem" | "setItem"> = { getItem: () => null, setItem: () => {} };
  try {
    storage = localStorage;
  } catch {
    // Blocked: the stand-in it is.
  }
  return storage;
}
