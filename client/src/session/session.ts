import { startRecorder } from "../audio/recorder.ts";
import { type Call, type CallOptions, HUNG_UP, type Show } from "../calls/call.ts";
import type { Filmed } from "../calls/filming.ts";
import { listDevices } from "../calls/devices.ts";
import { untilBack } from "../calls/runner_watch.ts";
import { available } from "./availability.ts";
import { askStatus, currentBot } from "./ask_status.ts";
import { attached, attachedNow, type Attachment } from "./attachments.ts";
import { typed } from "./conversation.ts";
import { createDoingFinder } from "./doing.ts";
import { loadPart } from "./load_part.ts";
import { type Cursor, NO_CURSOR } from "./cursor.ts";
import type { Ending } from "./happenings.ts";
import { type BotCode, followChanges } from "./changes.ts";
import { createLiveRecord, type LiveRecord } from "./live_record.ts";
import { createLog } from "./log.ts";
import type { Again } from "../replay/again.ts";
import type { CallRecord } from "./record.ts";
import { localStorageOrNone } from "./remembered.ts";
import { NOT_LOADED, NOTHING_TO_SAY, RECORDED_DONE, RESTART } from "./sentences.ts";
import { loadSettings, parseBody, saveSettings, type Settings, withoutToken } from "./settings.ts";
import { createSound, type Processing, type SoundChoices } from "./sound.ts";
import { mayTalk } from "./states.ts";
import { createStore, type Store } from "./store.ts";
import { createSpeechNotes } from "./speech_notes.ts";
import { NO_CALL, NO_SIGHT, type SessionView } from "./view.ts";

/** Another call than the last one. */
export interface Shown {
  readonly record: CallRecord | undefined;
  /** What was looked at before it. */
  readonly before?: CallRecord | undefined;
  /** Two calls side by side, the earlier one first. */
  readonly compared?: readonly [CallRecord, CallRecord] | undefined;
}

/** What the user can do, and what there is to see. */
export interface Session extends Pick<Store<SessionView>, "get" | "subscribe"> {
  readonly settings: Store<Settings>;
  readonly sound: Store<SoundChoices>;
  /** The last call; absent before the first. */
  readonly record: LiveRecord | undefined;
  /** The call to look at, where that is not the last one. */
  readonly shown: Store<Shown>;
  /** Where the replay is. */
  readonly cursor: Store<Cursor>;
  /** Looks at another call; at the last one for none, and says why. */
  show(record: CallRecord | undefined, problem?: Ending): void;
  /** Looks at the first two of some calls side by side; no longer for none. */
  compare(calls?: readonly CallRecord[]): void;
  /** Goes to a moment of a call that is over, in ms since it began. */
  seek(at: number): void;
  connect(): void;
  /** Ends the call, and begins another. */
  callAgain(): void;
  /** Calls as the caller of another call did, and shows both side by side when it is over. */
  runAgain(record: CallRecord): void;
  /** Does not call again by itself when a runner that has gone is back. */
  stayOff(): void;
  disconnect(): void;
  setMuted(muted: boolean): void;
  /** Chooses a microphone by its device id. */
  chooseMicrophone(deviceId: string): void;
  chooseSpeaker(deviceId: string): void;
  /** Changes what the browser does to the microphone's sound. */
  process(change: Partial<Processing>): void;
  /** Shows the bot the camera or the screen, or no more. */
  film(what: Filmed, on: boolean): void;
  /** Sends the bot a text. */
  say(text: string): void;
  /** Sends the bot files, the first of them with a text. */
  attach(files: readonly File[], text: string): void;
  /** Presses a key of the phone. */
  press(key: string): void;
}

/** A recorded caller talks to a bot that never says that it is ready after so long, in ms. */
const UNREADY_MS = 5000;

/** Makes the session of the page: one call at a time, as many as the user likes. */
export function createSession(): Session {
  const store = createStore<SessionView>({
    ...NO_CALL,
    ...NO_SIGHT,
    muted: false,
    recorded: false,
    microphones: [],
    speakers: [],
    microphoneId: undefined,
    speakerId: "",
    enabled: undefined,
    code: undefined,
    changed: false,
    bots: [],
  });
  const { get, patch, subscribe } = store;
  const settings = createStore(loadSettings(location.hash, localStorageOrNone()));
  settings.subscribe(() => saveSettings(settings.get(), localStorageOrNone()));
  const sound = createSound();
  const clean = withoutToken(location.href);
  if (clean !== undefined) {
    saveSettings(settings.get(), localStorageOrNone());
    history.replaceState(null, "", clean);
  }
  let call: Call | undefined;
  let record: LiveRecord | undefined;
  const shown = createStore<Shown>({ record: undefined });
  const cursor = createStore<Cursor>(NO_CURSOR);
  const showRecord = (other: CallRecord | undefined): void => {
    const before = [shown.get().record, record].find((one) => one && one !== other);
    cursor.patch({ ...NO_CURSOR, asked: cursor.get().asked });
    shown.patch({ record: other, before: other && before });
  };
  let waiting = new AbortController();
  let following: (() => void) | undefined;
  void listDevices().then(patch);
  // Somebody is here, and about to call.
  for (const sign of ["pointermove", "pointerdown", "keydown"]) {
    addEventListener(sign, () => void rtvi().catch(() => {}), { once: true });
  }
  void learn();

  /** Asks what the runner can do, and follows the bot's code where it is watched. */
  async function learn(): Promise<void> {
    const status = await askStatus();
    if (!status) return;
    const { enabled, bots, watched } = status;
    patch({ enabled, bots });
    settings.patch(available(settings.get(), enabled));
    if (watched && !following) following = followChanges(codeChanged);
  }

  function codeChanged(code: BotCode): void {
    const before = get().code;
    const changed = before !== undefined && code.version !== before.version && !code.problem;
    patch({ code, changed: changed || get().changed });
    if (changed && settings.get().callAgain && get().call === "live") void again();
  }

  /** Ends the call, and begins another. */
  async function again(): Promise<void> {
    call?.end(HUNG_UP);
    await start();
  }

  async function runAgain(before: CallRecord): Promise<void> {
    call?.end(HUNG_UP);
    let prepared: Again | undefined;
    try {
      const { prepareAgain } = await loadPart(import("../replay/again.ts"));
      prepared = await prepareAgain(before, settings, get().enabled ?? []);
    } catch {
      return patch({ ending: NOT_LOADED });
    }
    if (!prepared) return patch({ ending: NOTHING_TO_SAY });
    patch({ muted: false });
    await start(prepared);
  }

  async function start(again?: Again): Promise<void> {
    const caller = again?.caller;
    const parsed = parseBody(settings.get().body);
    if ("problem" in parsed) {
      const ending = {
        sentence: "The body of the start request is not JSON.",
        advice: `${parsed.problem} See the tab Request.`,
        failed: true,
      };
      caller?.close();
      return patch({ ending });
    }
    waiting.abort();
    // The last call can be looked at until this one is live: a crash is no longer seen otherwise.
    if (record && !shown.get().record) showRecord(record);
    patch({
      ...NO_CALL,
      ...NO_SIGHT,
      call: "starting",
      changed: false,
      recorded: caller !== undefined,
      startedAt: new Date(),
    });
    const mine = record = createLiveRecord({
      settings: settings.get(),
      bot: currentBot(get().bots),
      get,
    });
    const doing = createDoingFinder();
    const log = createLog(store, (message) => {
      mine.message(message);
      doing.told(message);
      look();
    });
    /** Shows what both sides do, if that is something else. */
    const look = (): void => {
      const now = doing.at(log.now());
      if (!over && now !== get().doing) store.patchSoon({ doing: now });
    };
    const note = createSpeechNotes({ store, log, doing, settings: settings.get() });
    let over = false;
    const recording = startRecorder((step) => {
      if (over) return;
      const at = log.timeOf(step.at);
      mine.step(step, at);
      caller?.hear(step);
      note("user", step.user, at);
      note("bot", step.bot, at);
      look();
    }).then((made) => mine.recorder = made);

    const show: Show = (change) => {
      if (over) return;
      patch(change);
      if ("userSound" in change) void recording.then((made) => made.use("user", change.userSound));
      if ("botSound" in change) void recording.then((made) => made.use("bot", change.botSound));
      if (change.call === "live" && shown.get().record) showRecord(undefined);
      const ready = mayTalk(settings.get().transport, change);
      if (ready || change.call === "live") {
        void caller?.talk({ press, say }, ready ? 0 : UNREADY_MS).then(() => {
          if (!over) call?.end(RECORDED_DONE);
        });
      }
      if (change.call !== "off") return;
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
      mine.end();
      removeEventListener("beforeunload", warn);
      void recording.then((made) => made.close());
      caller?.close();
      if (again && get().liveAt !== undefined) shown.patch({ compared: [again.before, mine] });
      if (change.ending?.gone) void callAgain();
      // Whoever has lost the runner wants to know what it can do when it is back.
      if (change.ending?.failed) void learn();
    };
    addEventListener("beforeunload", warn);
    const { muted, microphoneId } = get();
    const options = {
      settings: settings.get(),
      body: parsed.body,
      muted,
      microphoneId,
      processing: sound.get(),
      ...(caller ? { voice: caller.voice } : {}),
      show,
      log,
    };
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

  /** Calls again when the runner is back. */
  async function callAgain(): Promise<void> {
    waiting = new AbortController();
    if (await untilBack(waiting.signal)) await start();
  }

  function say(text: string): void {
    if (get().call === "off" || !call?.say) return;
    const { startedAt, conversation } = get();
    patch({ conversation: typed(conversation, text, Date.now() - (startedAt?.getTime() ?? 0)) });
    call.say(text);
  }

  function press(key: string): void {
    if (get().call !== "off") call?.press(key);
  }

  /** Shows a file in the conversation, and sends it. */
  async function attach(file: File, text: string): Promise<void> {
    if (get().call === "off" || !call?.sendFile) return;
    const { startedAt, conversation } = get();
    const at = Date.now() - (startedAt?.getTime() ?? 0);
    const { talk, key } = attached(conversation, { text, name: file.name, at });
    patch({ conversation: talk });
    const show = (change: Partial<Attachment>): void => {
      // Of a call that is over, nothing changes.
      if (get().startedAt !== startedAt) return;
      patch({ conversation: attachedNow(get().conversation, key, change) });
    };
    const sending = call.sendFile(file, text);
    void loadPart(import("../calls/send_file.ts"))
      .then(async ({ pictureOf }) => show({ picture: await pictureOf(file) }), () => {});
    try {
      await sending;
      show({ state: "sent" });
    } catch (error) {
      show({ state: "failed", problem: error instanceof Error ? error.message : "It failed." });
    }
  }

  return {
    get,
    subscribe,
    settings,
    sound,
    shown,
    cursor,
    show(other, problem) {
      showRecord(other === record ? undefined : other);
      if (problem && get().call === "off") patch({ ending: problem });
    },
    compare(calls = []) {
      const [one, other] = calls.toSorted((a, b) => timeOf(a) - timeOf(b));
      shown.patch({ compared: one && other && [one, other] });
    },
    seek(at) {
      const seen = (shown.get().record ?? record)?.get();
      if (seen?.endedAt === undefined) return; // a call that goes on cannot be heard again yet
      cursor.patch({ at: Math.max(0, Math.min(seen.endedAt, at)), asked: cursor.get().asked + 1 });
    },
    get record() {
      return record;
    },
    connect() {
      if (get().call === "off") void start();
    },
    callAgain: () => void again(),
    runAgain: (before) => void runAgain(before),
    stayOff() {
      waiting.abort();
      const { ending } = get();
      if (ending) patch({ ending: { ...ending, advice: RESTART, gone: undefined } });
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
    film(what, on) {
      patch({ filmProblem: undefined });
      if (get().call !== "off") call?.film?.(what, on);
    },
    process(change) {
      sound.patch(change);
      if (get().call !== "off") call?.process?.(sound.get());
    },
    chooseSpeaker: (speakerId) => patch({ speakerId }),
    say,
    attach(files, text) {
      files.forEach((file, at) => void attach(file, at === 0 ? text : ""));
    },
    press,
  };
}

function timeOf(record: CallRecord): number {
  return record.get().startedAt?.getTime() ?? 0;
}

/** Has the browser ask whether to leave: the call would be over. */
function warn(event: Event): void {
  event.preventDefault();
}

/** What most calls need. */
const rtvi = (): Promise<typeof import("../calls/rtvi.ts")> => import("../calls/rtvi.ts");

async function startCall(options: CallOptions): Promise<Call> {
  switch (options.settings.transport) {
    case "phone":
      return (await loadPart(import("../calls/phone.ts"))).startPhoneCall(options);
    case "webrtc":
    case "websocket":
    case "daily":
    case "livekit":
      return await (await loadPart(rtvi())).startRtviCall(options);
  }
}
