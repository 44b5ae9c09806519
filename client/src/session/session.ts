import { HUNG_UP } from "../calls/call.ts";
import { listDevices } from "../calls/devices.ts";
import { untilBack } from "../calls/runner_watch.ts";
import { loadRtvi } from "../calls/start_call.ts";
import type { Again } from "../replay/again.ts";
import { type Acts, createActs } from "./acts.ts";
import { askStatus, currentBot } from "./ask_status.ts";
import { available } from "./availability.ts";
import { type BotCode, followChanges } from "./changes.ts";
import type { Ending } from "./happenings.ts";
import type { LiveRecord } from "./live_record.ts";
import { loadPart } from "./load_part.ts";
import { createLooking, type Looking } from "./looking.ts";
import type { CallRecord } from "./record.ts";
import { localStorageOrNone } from "./remembered.ts";
import { runCall, type RunningCall } from "./run_call.ts";
import { NOT_LOADED, NOTHING_TO_SAY, RESTART } from "./sentences.ts";
import { loadSettings, parseBody, saveSettings, type Settings, withoutToken } from "./settings.ts";
import { createSound, type SoundChoices } from "./sound.ts";
import { createStore, type Store } from "./store.ts";
import { NO_CALL, NO_SIGHT, type SessionView } from "./view.ts";

/** What the user can do, and what there is to see. */
export interface Session
  extends
    Pick<Store<SessionView>, "get" | "subscribe">,
    Pick<Looking, "shown" | "cursor" | "compare" | "seek">,
    Acts {
  readonly settings: Store<Settings>;
  readonly sound: Store<SoundChoices>;
  /** The last call; absent before the first. */
  readonly record: LiveRecord | undefined;
  /** Looks at another call; at the last one for none, and says why. */
  show(record: CallRecord | undefined, problem?: Ending): void;
  connect(): void;
  /** Ends the call, and begins another. */
  callAgain(): void;
  /** Calls as the caller of another call did, and shows both side by side when it is over. */
  runAgain(record: CallRecord): void;
  /** Does not call again by itself when a runner that has gone is back. */
  stayOff(): void;
  disconnect(): void;
}

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
  /** The last call. */
  let last: RunningCall | undefined;
  const { shown, cursor, lookAt, compare, seek } = createLooking(() => last?.record);
  const acts = createActs({
    store,
    sound,
    call: () => get().call === "off" ? undefined : last?.call,
  });
  let waiting = new AbortController();
  let following: (() => void) | undefined;
  void listDevices().then(patch);
  // Somebody is here, and about to call.
  for (const sign of ["pointermove", "pointerdown", "keydown"]) {
    addEventListener(sign, () => void loadRtvi().catch(() => {}), { once: true });
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
    if (changed && settings.get().callAgain && get().call === "live") again();
  }

  const hangUp = (): void => last?.call.end(HUNG_UP);

  /** Ends the call, and begins another. */
  function again(): void {
    hangUp();
    start();
  }

  async function runAgain(before: CallRecord): Promise<void> {
    hangUp();
    let prepared: Again | undefined;
    try {
      const { prepareAgain } = await loadPart(import("../replay/again.ts"));
      prepared = await prepareAgain(before, settings, get().enabled ?? []);
    } catch {
      return patch({ ending: NOT_LOADED });
    }
    if (!prepared) return patch({ ending: NOTHING_TO_SAY });
    patch({ muted: false });
    start(prepared);
  }

  function start(again?: Again): void {
    const caller = again?.caller;
    const parsed = parseBody(settings.get().body);
    if ("problem" in parsed) {
      caller?.close();
      return patch({
        ending: {
          sentence: "The body of the start request is not JSON.",
          advice: `${parsed.problem} See the tab Request.`,
          failed: true,
        },
      });
    }
    waiting.abort();
    // The last call can be looked at until this one is live: a crash is no longer seen otherwise.
    if (last && !shown.get().record) lookAt(last.record);
    const run = last = runCall({
      store,
      settings: settings.get(),
      bot: currentBot(get().bots),
      body: parsed.body,
      processing: sound.get(),
      caller,
      hands: acts,
      onLive() {
        if (shown.get().record) lookAt(undefined);
      },
      onOver(ending) {
        const { liveAt } = get();
        if (again && liveAt !== undefined) shown.patch({ compared: [again.before, run.record] });
        if (ending?.gone) void callWhenBack();
        // Whoever has lost the runner wants to know what it can do when it is back.
        if (ending?.failed) void learn();
      },
    });
  }

  /** Calls again when the runner is back. */
  async function callWhenBack(): Promise<void> {
    waiting = new AbortController();
    if (await untilBack(waiting.signal)) start();
  }

  return {
    get,
    subscribe,
    settings,
    sound,
    shown,
    cursor,
    compare,
    seek,
    ...acts,
    get record() {
      return last?.record;
    },
    show(other, problem) {
      lookAt(other === last?.record ? undefined : other);
      if (problem && get().call === "off") patch({ ending: problem });
    },
    connect() {
      if (get().call === "off") start();
    },
    callAgain: again,
    runAgain: (before) => void runAgain(before),
    stayOff() {
      waiting.abort();
      const { ending } = get();
      if (ending) patch({ ending: { ...ending, advice: RESTART, gone: undefined } });
    },
    disconnect: hangUp,
  };
}
