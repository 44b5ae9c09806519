import type { Call } from "../calls/call.ts";
import type { Filmed } from "../calls/filming.ts";
import { attached, attachedNow, type Attachment } from "./attachments.ts";
import { typed } from "./conversation.ts";
import { loadPart } from "./load_part.ts";
import type { Processing, SoundChoices } from "./sound.ts";
import type { Store } from "./store.ts";
import type { SessionView } from "./view.ts";

/** What the user does while a call goes on; what is chosen holds for the next one, too. */
export interface Acts {
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

interface ActsOptions {
  readonly store: Store<SessionView>;
  readonly sound: Store<SoundChoices>;
  /** The call that goes on; absent where there is none. */
  readonly call: () => Call | undefined;
}

/** Makes what the user does to the call that goes on. */
export function createActs({ store, sound, call }: ActsOptions): Acts {
  const { get, patch } = store;
  const sinceStart = (): number => Date.now() - (get().startedAt?.getTime() ?? 0);

  /** Shows a file in the conversation, and sends it. */
  async function send(file: File, text: string): Promise<void> {
    const now = call();
    if (!now?.sendFile) return;
    const { startedAt, conversation } = get();
    const { talk, key } = attached(conversation, { text, name: file.name, at: sinceStart() });
    patch({ conversation: talk });
    const show = (change: Partial<Attachment>): void => {
      // Of a call that is over, nothing changes.
      if (get().startedAt !== startedAt) return;
      patch({ conversation: attachedNow(get().conversation, key, change) });
    };
    const sending = now.sendFile(file, text);
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
    setMuted(muted) {
      patch({ muted });
      call()?.setMuted(muted);
    },
    chooseMicrophone(microphoneId) {
      patch({ microphoneId });
      call()?.chooseMicrophone(microphoneId);
    },
    chooseSpeaker: (speakerId) => patch({ speakerId }),
    process(change) {
      sound.patch(change);
      call()?.process?.(sound.get());
    },
    film(what, on) {
      patch({ filmProblem: undefined });
      call()?.film?.(what, on);
    },
    say(text) {
      const now = call();
      if (!now?.say) return;
      patch({ conversation: typed(get().conversation, text, sinceStart()) });
      now.say(text);
    },
    attach(files, text) {
      files.forEach((file, at) => void send(file, at === 0 ? text : ""));
    },
    press: (key) => call()?.press(key),
  };
}
