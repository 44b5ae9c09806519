import type { Cursor } from "../session/cursor.ts";
import type { Sound } from "../session/record.ts";
import { createStore, type Store } from "../session/store.ts";

/** Whose voice is heard. */
export type Voices = "both" | "user" | "bot";

/** What a player does now. */
export interface PlayerView {
  readonly playing: boolean;
  /** How fast it plays. */
  readonly rate: number;
  readonly voices: Voices;
}

/** Plays the sound of a call that is over. */
export interface CallPlayer extends Pick<Store<PlayerView>, "get" | "subscribe"> {
  toggle(): void;
  setRate(rate: number): void;
  setVoices(voices: Voices): void;
  close(): void;
}

/** Makes a player; it moves the cursor along, and goes where the cursor is asked to. */
export function createPlayer(sound: Sound, cursor: Store<Cursor>): CallPlayer {
  const store = createStore<PlayerView>({ playing: false, rate: 1, voices: "both" });
  const address = URL.createObjectURL(sound.blob);
  const element = new Audio(address);
  let mixer: Mixer | undefined;
  let frame = 0;
  let { asked } = cursor.get();

  const here = (): number => sound.from + element.currentTime * 1000;
  const go = (at: number): void => {
    element.currentTime = Math.max(0, (at - sound.from) / 1000);
  };
  const follow = (): void => {
    frame = requestAnimationFrame(follow);
    cursor.patch({ at: here() });
  };
  const stopped = (): void => {
    cancelAnimationFrame(frame);
    cursor.patch({ at: here() });
    store.patch({ playing: false });
  };
  element.addEventListener("pause", stopped);
  element.addEventListener("ended", stopped);
  element.addEventListener("play", () => {
    cancelAnimationFrame(frame);
    follow();
    store.patch({ playing: true });
  });
  const unsubscribe = cursor.subscribe(() => {
    const now = cursor.get();
    if (now.asked === asked) return;
    asked = now.asked;
    if (now.at !== undefined) go(now.at);
  });
  const { at } = cursor.get();
  if (at !== undefined) go(at);

  return {
    get: store.get,
    subscribe: store.subscribe,
    toggle() {
      if (!element.paused) return element.pause();
      // A browser lets a page make sound once its user has clicked, and not before.
      mixer ??= createMixer(element);
      mixer.choose(store.get().voices);
      if (element.ended) element.currentTime = 0;
      element.play().catch(stopped);
    },
    setRate(rate) {
      element.playbackRate = rate;
      store.patch({ rate });
    },
    setVoices(voices) {
      mixer?.choose(voices);
      store.patch({ voices });
    },
    close() {
      unsubscribe();
      element.pause();
      cancelAnimationFrame(frame);
      element.removeAttribute("src");
      mixer?.close();
      URL.revokeObjectURL(address);
    },
  };
}

interface Mixer {
  choose(voices: Voices): void;
  close(): void;
}

/** Brings both sides to both ears, or one of them. */
function createMixer(element: HTMLAudioElement): Mixer {
  const context = new AudioContext();
  const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
  const mono = { channelCount: 1, channelCountMode: "explicit" } as const;
  const gains = { user: new GainNode(context, mono), bot: new GainNode(context, mono) };
  context.createMediaElementSource(element).connect(splitter);
  splitter.connect(gains.user, 0).connect(context.destination);
  splitter.connect(gains.bot, 1).connect(context.destination);
  return {
    choose(voices) {
      gains.user.gain.value = voices === "bot" ? 0 : 1;
      gains.bot.gain.value = voices === "user" ? 0 : 1;
    },
    close: () => void context.close(),
  };
}
