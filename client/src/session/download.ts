import {
  CALL_FILE_VERSION,
  type CallFile,
  type CallFileEvent,
} from "../../../src/recording/call_file.ts";
import { wavFile } from "../audio/wav.ts";
import type { Session } from "./session.ts";
import { type Settings, shareable } from "./settings.ts";

/** Saves everything that is known of the last call as one file, in the format of the runner's own. */
export function saveJson(session: Session, settings: Settings): void {
  const call = callFileOf(session, settings);
  save(
    new Blob([JSON.stringify(call, null, 1)], { type: "application/json" }),
    nameOf(session, "json"),
  );
}

function callFileOf(session: Session, settings: Settings): CallFile {
  const view = session.get();
  const { sessionId, startedAt = new Date(), endedAt, messages, speeches, moments, ending } = view;
  const { from, user, bot } = session.loudness;
  const round = (levels: readonly number[]): number[] =>
    levels.map((level) => Math.round(level * 100) / 100);
  const { recorder } = session;
  const events: CallFileEvent[] = [
    ...speeches.map(({ side, from, to = from }) => ({
      ms: from,
      kind: "speech" as const,
      side,
      durationMs: to - from,
    })),
    ...moments.map(({ at, kind, label }) => ({ ms: at, kind, label })),
    ...(endedAt === undefined
      ? []
      : [{ ms: endedAt, kind: "end" as const, label: ending?.sentence ?? "The call has ended." }]),
  ];
  return {
    version: CALL_FILE_VERSION,
    session: {
      ...(sessionId === undefined ? {} : { id: sessionId }),
      transport: settings.transport === "phone" ? settings.carrier : settings.transport,
      startedAt: startedAt.toISOString(),
      durationMs: endedAt ?? Math.max(0, Math.round(Date.now() - startedAt.getTime())),
    },
    ...(recorder
      ? { audio: { file: nameOf(session, "wav"), sampleRate: recorder.recording.sampleRate } }
      : {}),
    messages: messages.map(({ ms, direction, type, data }) => ({
      ms,
      from: direction === "in" ? "bot" : "user",
      type,
      ...(data === undefined ? {} : { data }),
    })),
    events: events.toSorted((one, other) => one.ms - other.ms),
    page: {
      address: location.href,
      browser: navigator.userAgent,
      settings: shareable(settings),
      conversation: view.conversation,
      phases: view.phases,
      turns: view.turns,
      quality: view.quality,
      path: view.path,
      ending,
      loudness: { from, stepMs: 50, user: round(user), bot: round(bot) },
    },
  };
}

/** Saves the sound of the last call: the user left, the bot right. */
export function saveWav(session: Session): void {
  const { recorder } = session;
  if (recorder) save(wavFile(recorder.recording), nameOf(session, "wav"));
}

function nameOf(session: Session, ending: string): string {
  const { startedAt = new Date() } = session.get();
  return `call-${startedAt.toISOString().slice(0, 19).replaceAll(":", "-")}.${ending}`;
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
