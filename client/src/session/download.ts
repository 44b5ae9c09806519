import { wavFile } from "../audio/wav.ts";
import type { Session } from "./session.ts";
import { type Settings, shareable } from "./settings.ts";

/** Saves everything that is known of the last call as one JSON file. */
export function saveJson(session: Session, settings: Settings): void {
  const view = session.get();
  const { userSound: _user, botSound: _bot, microphones: _m, speakers: _s, ...rest } = view;
  const { from, user, bot } = session.loudness;
  const round = (levels: readonly number[]): number[] =>
    levels.map((level) => Math.round(level * 100) / 100);
  const text = JSON.stringify(
    {
      page: location.href,
      browser: navigator.userAgent,
      settings: shareable(settings),
      ...rest,
      loudness: { from, stepMs: 50, user: round(user), bot: round(bot) },
    },
    null,
    1,
  );
  save(new Blob([text], { type: "application/json" }), nameOf(session, "json"));
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
