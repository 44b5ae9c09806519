import {
  CALL_FILE_VERSION,
  type CallFile,
  type CallFileEvent,
} from "../../../src/recording/call_file.ts";
import { STEP_MS } from "../audio/loudness.ts";
import type { Recording } from "../audio/recorder.ts";
import type { CallRecord, Loudness } from "./record.ts";
import { type Settings, shareable } from "./settings.ts";
import type { CallView } from "./view.ts";

/** What is known of a call. */
export interface Known {
  readonly view: CallView;
  readonly loudness: Loudness;
  readonly settings: Settings;
  /** Absent where nothing was recorded. */
  readonly recording: Recording | undefined;
}

/** All that is known of a call, in the format of the runner's own file. */
export function callFileOf({ view, loudness, settings, recording }: Known): CallFile {
  const { sessionId, startedAt = new Date(), endedAt, messages, speeches, moments, ending } = view;
  const { from, user, bot } = loudness;
  const round = (levels: readonly number[]): number[] =>
    levels.map((level) => Math.round(level * 100) / 100);
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
    ...(recording
      ? {
        audio: {
          file: fileName(startedAt, "wav"),
          sampleRate: recording.sampleRate,
          fromMs: Math.max(0, Math.round(recording.from - startedAt.getTime())),
        },
      }
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
      loudness: { from, stepMs: STEP_MS, user: round(user), bot: round(bot) },
    },
  };
}

/** Saves everything that is known of a call as one file. */
export async function saveJson(record: CallRecord): Promise<void> {
  const text = JSON.stringify(await record.file(), null, 1);
  save(new Blob([text], { type: "application/json" }), nameOf(record, "json"));
}

/** Saves the sound of a call: the user left, the bot right. */
export async function saveWav(record: CallRecord): Promise<void> {
  const wav = await record.wav();
  if (wav) save(wav, nameOf(record, "wav"));
}

/**
 * Saves a call as one page that needs nothing else.
 *
 * @throws {TypeError} When the runner does not give what shows it.
 */
export async function saveCallPage(
  record: CallRecord,
  { numbers }: { readonly numbers: boolean },
): Promise<void> {
  const [file, sound, script, style, { callPage }] = await Promise.all([
    record.file(),
    record.sound(),
    load("viewer.js"),
    load("viewer.css"),
    import("../kept/page_file.ts"),
  ]);
  const page = await callPage({
    file: numbers ? file : withoutNumbers(file),
    sound: sound?.blob,
    script,
    style,
  });
  save(page, nameOf(record, "call.html"));
}

async function load(path: string): Promise<string> {
  const response = await fetch(new URL(path, document.baseURI));
  if (!response.ok) throw new TypeError(`${path} is not there`);
  return await response.text();
}

/** A call file in which no phone number is left. */
export function withoutNumbers(file: CallFile): CallFile {
  const { from, to } = file.session;
  const { settings } = (file.page ?? {}) as { readonly settings?: Partial<Settings> };
  const known = [from, to, settings?.from, settings?.to].filter((number) => number);
  let text = JSON.stringify(file);
  for (const number of known) text = text.replaceAll(JSON.stringify(number), '"[number]"');
  return JSON.parse(text.replace(E164, "[number]")) as CallFile; // it was one a moment ago
}

/** A number as carriers write it, in text or in an address. */
const E164 = /(?:\+|%2B)\d{7,15}\b/gi;

function nameOf(record: CallRecord, ending: string): string {
  return fileName(record.get().startedAt ?? new Date(), ending);
}

function fileName(startedAt: Date, ending: string): string {
  return `call-${startedAt.toISOString().slice(0, 19).replaceAll(":", "-")}.${ending}`;
}

/** Gives the user a file. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
