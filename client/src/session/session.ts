import { type Call, startCall } from "./call.ts";
import { hear, SILENCE, typed } from "./conversation.ts";
import { listMicrophones } from "./microphone.ts";
import { createStore, type Store } from "./store.ts";
import type { SessionView } from "./view.ts";

/** What the user can do, and what there is to see. */
export interface Session extends Pick<Store<SessionView>, "get" | "subscribe"> {
  connect(): void;
  disconnect(): void;
  setMuted(muted: boolean): void;
  /** Chooses a microphone by its device id. */
  chooseMicrophone(deviceId: string): void;
  /** Sends the bot a text. */
  say(text: string): void;
}

const MAX_MESSAGES = 500;

/** Makes the session of the page: one call at a time, as many as the user likes. */
export function createSession(): Session {
  const { get, patch, subscribe } = createStore<SessionView>({
    call: "off",
    transport: "disconnected",
    botReady: false,
    botSpeaks: false,
    sessionId: undefined,
    ending: undefined,
    muted: false,
    microphoneFailure: undefined,
    microphones: [],
    microphoneId: undefined,
    userSound: undefined,
    botSound: undefined,
    conversation: SILENCE,
    messages: [],
  });
  let call: Call | undefined;
  let count = 0;
  void listMicrophones().then((microphones) => patch({ microphones }));

  return {
    get,
    subscribe,
    connect() {
      if (get().call !== "off") return;
      patch({
        call: "starting",
        sessionId: undefined,
        ending: undefined,
        microphoneFailure: undefined,
        conversation: SILENCE,
        messages: [],
      });
      const { muted, microphoneId } = get();
      call = startCall({
        muted,
        microphoneId,
        show: patch,
        tap(direction, { type, data }) {
          const message = {
            key: count++,
            at: new Date(),
            direction,
            type,
            data,
          };
          const { messages, conversation } = get();
          patch({
            messages: [...messages, message].slice(-MAX_MESSAGES),
            conversation: direction === "in" ? hear(conversation, type, data) : conversation,
          });
        },
      });
    },
    disconnect: () => call?.end("You ended the call."),
    setMuted(muted) {
      patch({ muted });
      if (get().call !== "off") call?.client.enableMic(!muted);
    },
    chooseMicrophone(microphoneId) {
      patch({ microphoneId });
      if (get().call !== "off") call?.client.updateMic(microphoneId);
    },
    say(text) {
      if (get().call === "off") return;
      patch({ conversation: typed(get().conversation, text) });
      void call?.client.sendText(text);
    },
  };
}
