/**
 * LiveKit's media library without media: a room whose people the test plays.
 */
import type {
  LiveKitAudioFrame,
  LiveKitParticipant,
  LiveKitPublication,
  LiveKitRtc,
} from "../../src/ways/livekit/rtc.ts";

/** Somebody whom the test lets in. */
export interface FakeParticipant extends LiveKitParticipant {
  readonly trackPublications: Map<string, LiveKitPublication>;
  /** Whether the bot listens to their microphone. */
  subscribed: boolean;
}

/** What the bot did, and what the test lets happen. */
export interface FakeLiveKit {
  readonly rtc: LiveKitRtc;
  /** Where the bot is: its room's address and its token. */
  readonly joined: { readonly url: string; readonly token: string; readonly options: object }[];
  /** Audio that was played: the samples that the library reads. */
  readonly played: Int16Array[];
  readonly cleared: number;
  readonly sent: { readonly data: unknown; readonly to: readonly string[] }[];
  readonly pressed: { readonly code: number; readonly digit: string }[];
  readonly left: boolean;
  readonly sourceClosed: boolean;
  enter(identity: string, kind?: number): FakeParticipant;
  leave(who: FakeParticipant): void;
  /** The bot is let hear somebody; returns what sends audio. */
  speak(who: FakeParticipant): (samples: Int16Array) => void;
  data(value: unknown, who?: FakeParticipant): void;
  press(digit: string, who: FakeParticipant): void;
  close(): void;
}

/**
 * Makes an empty room.
 *
 * @param refusal The error of joining it, if it is closed.
 */
export function fakeLiveKit(refusal?: (token: string) => Error): FakeLiveKit {
  const listeners = new Map<string, (...args: never[]) => void>();
  const people = new Map<string, LiveKitParticipant>();
  const tracks = new WeakMap<object, ReadableStream<LiveKitAudioFrame>>();
  const subscription = Promise.withResolvers<void>();
  const state = {
    joined: [] as { url: string; token: string; options: object }[],
    played: [] as Int16Array[],
    sent: [] as { data: unknown; to: readonly string[] }[],
    pressed: [] as { code: number; digit: string }[],
    cleared: 0,
    left: false,
    sourceClosed: false,
  };
  const emit = (event: string, ...args: unknown[]) => {
    listeners.get(event)?.(...args as never[]); // the events are those of the real library
  };
  const bot = {
    publishTrack: () => Promise.resolve({ waitForSubscription: () => subscription.promise }),
    publishData(bytes: Uint8Array, options: { destination_identities: string[] }) {
      const data = JSON.parse(new TextDecoder().decode(bytes));
      state.sent.push({ data, to: options.destination_identities });
      return Promise.resolve();
    },
    publishDtmf(code: number, digit: string) {
      state.pressed.push({ code, digit });
      return Promise.resolve();
    },
  };
  class Room {
    localParticipant: typeof bot | undefined;
    remoteParticipants = people;
    on(event: string, listener: (...args: never[]) => void) {
      listeners.set(event, listener);
    }
    connect(url: string, token: string, options: object) {
      state.joined.push({ url, token, options });
      if (refusal) return Promise.reject(refusal(token));
      this.localParticipant = bot;
      return Promise.resolve();
    }
    disconnect() {
      state.left = true;
      emit("disconnected");
      return Promise.resolve();
    }
  }
  class AudioFrame {
    data: Int16Array;
    constructor(data: Int16Array) {
      this.data = data;
    }
  }
  class AudioSource {
    captureFrame({ data }: LiveKitAudioFrame) {
      state.played.push(new Int16Array(data.buffer)); // as the library does
      return Promise.resolve();
    }
    clearQueue() {
      state.cleared++;
    }
    close() {
      state.sourceClosed = true;
      return Promise.resolve();
    }
  }
  const rtc: LiveKitRtc = {
    Room,
    AudioFrame,
    AudioSource,
    // A constructor that returns another object, for `new` to return that.
    AudioStream: class {
      constructor(track: object) {
        return tracks.get(track) ?? new ReadableStream();
      }
    } as unknown as LiveKitRtc["AudioStream"],
    LocalAudioTrack: { createAudioTrack: () => ({ kind: 1 }) },
    TrackPublishOptions: class {},
  };
  return Object.assign(state, {
    rtc,
    enter(identity: string, kind = 0) {
      const who: FakeParticipant = {
        identity,
        kind,
        subscribed: false,
        trackPublications: new Map(),
      };
      const microphone = { kind: 1, setSubscribed: (on: boolean) => void (who.subscribed = on) };
      who.trackPublications.set("microphone", microphone);
      people.set(identity, who);
      subscription.resolve();
      emit("participantConnected", who);
      return who;
    },
    leave(who: FakeParticipant) {
      people.delete(who.identity);
      emit("participantDisconnected", who);
    },
    speak(who: FakeParticipant) {
      const track = { kind: 1 };
      let controller!: ReadableStreamDefaultController<LiveKitAudioFrame>;
      tracks.set(track, new ReadableStream({ start: (c) => void (controller = c) }));
      emit("trackSubscribed", track, who.trackPublications.get("microphone"), who);
      return (data: Int16Array) => controller.enqueue({ data });
    },
    data(value: unknown, who?: FakeParticipant) {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      emit("dataReceived", new TextEncoder().encode(text), who);
    },
    press: (digit: string, who: FakeParticipant) => emit("dtmfReceived", 0, digit, who),
    close: () => emit("disconnected"),
  });
}
