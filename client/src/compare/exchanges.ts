import type { ConversationLine } from "../session/conversation.ts";
import type { LoggedMessage, Moment } from "../session/happenings.ts";
import type { Speech, Turn } from "../session/turns.ts";
import { type Waterfall, waterfalls } from "../session/waterfall.ts";

/** What the user did, and what the bot answered; times are in ms since the call began. */
export interface Exchange {
  readonly at: number;
  /** When the next one begins; Infinity for the last. */
  readonly until: number;
  /** Whether it is what the bot said before the user did anything. */
  readonly opening: boolean;
  readonly user: string;
  readonly bot: string;
  /** The functions that were called, and errors. */
  readonly notes: readonly string[];
  /** How long the bot took to answer; absent where it did not, or nobody spoke. */
  readonly turn?: Waterfall | undefined;
}

/** What is known of a call. */
export interface Exchanged {
  readonly conversation: { readonly lines: readonly ConversationLine[] };
  readonly speeches: readonly Speech[];
  readonly turns: readonly Turn[];
  readonly moments: readonly Moment[];
  readonly messages: readonly LoggedMessage[];
}

/** A line that was typed may be written down so much before its message, in ms. */
const SLACK_MS = 100;

/** Cuts a call into exchanges: one begins when the user does something after the bot did. */
export function exchangesOf(call: Exchanged): readonly Exchange[] {
  const { conversation: { lines }, speeches, turns, messages } = call;
  const starts = startsOf(call);
  const [first = Infinity] = starts;
  const opens = lines.some(({ at, speaker }) => speaker === "bot" && at < first) ||
    speeches.some(({ side, from }) => side === "bot" && from < first);
  const measured = waterfalls(turns, messages);
  return (opens ? [0, ...starts] : starts).map((at, i, all): Exchange => {
    const until = all[i + 1] ?? Infinity;
    const within = (time: number): boolean => time >= at && time < until;
    const said = (who: "user" | "bot"): string =>
      lines.filter(({ speaker, at: began }) =>
        speaker === who && within(who === "user" ? began + SLACK_MS : began)
      ).map(({ text }) => text.trim()).filter(Boolean).join(" ");
    return {
      at,
      until,
      opening: opens && i === 0,
      user: said("user"),
      bot: said("bot"),
      notes: lines.filter((line) => within(line.at)).flatMap(noteOf),
      turn: measured.find((turn) => within(turn.at)),
    };
  });
}

function noteOf({ speaker, text, call }: ConversationLine): string[] {
  if (speaker === "error") return [text];
  if (speaker !== "tool") return [];
  return [call?.args === undefined ? text : `${text} ${JSON.stringify(call.args)}`];
}

function startsOf(call: Exchanged): readonly number[] {
  const { conversation: { lines }, speeches, moments, messages } = call;
  const spoken = (who: "user" | "bot"): number[] =>
    speeches.filter(({ side }) => side === who).map(({ from }) => from);
  const written = (who: "user" | "bot"): number[] =>
    lines.filter(({ speaker }) => speaker === who).map(({ at }) => at);
  const done = [
    ...spoken("user"),
    ...messages.filter(({ direction, type }) => direction === "out" && type === "send-text")
      .map(({ ms }) => ms),
    ...moments.filter(({ kind }) => kind === "key").map(({ at }) => at),
  ];
  // What the user said is written down late: it begins something only where nothing was heard.
  const user = done.length > 0 ? done : written("user");
  const events = [
    ...user.map((at) => ({ at, user: true })),
    ...[...spoken("bot"), ...written("bot")].map((at) => ({ at, user: false })),
  ].toSorted((one, other) => one.at - other.at);
  let answered = true;
  return events.flatMap(({ at, user }) => {
    const begins = user && answered;
    answered = !user;
    return begins ? [at] : [];
  });
}
