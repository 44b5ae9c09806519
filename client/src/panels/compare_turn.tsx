import type { JSX } from "react";
import type { Pair } from "../compare/align.ts";
import { counts, differenceOf, partOf } from "../compare/comparison.ts";
import type { Exchange } from "../compare/exchanges.ts";
import type { TurnPlayer, Which } from "../compare/turn_player.ts";
import { type Piece, wordDifference } from "../compare/words.ts";
import { NOTICED_MS, PARTS } from "../session/waterfall.ts";
import { AnswerBar } from "./answer_bar.tsx";
import { Later, Letter } from "./compare_marks.tsx";
import { Icon } from "./icons.tsx";

interface ComparedTurnProps {
  readonly pair: Pair;
  /** Counts the turns from 1; an opening is none. */
  readonly number: number;
  readonly player: TurnPlayer;
}

/** A turn of both calls. */
export function ComparedTurn({ pair, number, player }: ComparedTurnProps): JSX.Element {
  const { one, other } = pair;
  const title = (one ?? other)?.opening ? "Opening" : `Turn ${number}`;
  const by = differenceOf({ one: one?.turn?.latencyMs, other: other?.turn?.latencyMs });
  const parts = PARTS.filter((name) => name !== "Unknown").map((name) => ({
    name,
    ms: differenceOf({ one: partOf(one, name), other: partOf(other, name) }),
  })).filter(({ ms }) => counts(ms));
  const user = wordDifference(one?.user ?? "", other?.user ?? "");
  const bot = wordDifference(one?.bot ?? "", other?.bot ?? "");
  // No bar is drawn larger for a pause that nobody notices.
  const longest = Math.max(NOTICED_MS, one?.turn?.latencyMs ?? 0, other?.turn?.latencyMs ?? 0);
  const side = (which: Which): JSX.Element => (
    <Side
      which={which}
      title={title}
      exchange={pair[which]}
      user={user[which]}
      bot={bot[which]}
      others={(which === "one" ? other : one)?.notes}
      longest={longest}
      player={player}
    />
  );
  return (
    <li>
      <h3>
        {title} <Later ms={by} />
        {parts.map(({ name, ms }) => (
          <small key={name} className={`part-${PARTS.indexOf(name)}`}>
            {name} <Later ms={ms} />
          </small>
        ))}
      </h3>
      <div className="sides">
        {side("one")}
        {side("other")}
      </div>
    </li>
  );
}

interface SideProps {
  readonly which: Which;
  readonly title: string;
  readonly exchange: Exchange | undefined;
  readonly user: readonly Piece[];
  readonly bot: readonly Piece[];
  /** What was noted in the other call; absent where it has no such turn. */
  readonly others: readonly string[] | undefined;
  /** The longest answer of both, in ms. */
  readonly longest: number;
  readonly player: TurnPlayer;
}

function Side(props: SideProps): JSX.Element {
  const { which, title, exchange, user, bot, others, longest, player } = props;
  const name = which === "one" ? "A" : "B";
  if (!exchange) {
    return (
      <div className="side none">
        <Letter which={which} /> <p>Not in this call.</p>
      </div>
    );
  }
  const { which: heard, exchange: playing, silent } = player.get();
  const plays = heard === which && playing === exchange;
  const action = `${plays ? "Stop" : "Play"} ${title.toLowerCase()} of ${name}`;
  return (
    <div className={plays ? "side playing" : "side"}>
      <div className="side-head">
        <Letter which={which} />
        <button
          type="button"
          className="icon"
          aria-label={action}
          title={silent.includes(which) ? "No sound was kept" : action}
          disabled={silent.includes(which)}
          onClick={() => void player.toggle(which, exchange)}
        >
          <Icon name={plays ? "pause" : "play"} />
        </button>
        {exchange.turn ? <AnswerBar turn={exchange.turn} longestMs={longest} /> : null}
      </div>
      <Bubble side="user" pieces={user} alone={others === undefined} />
      {exchange.notes.map((note, i) => (
        <code key={i} className={others && !others.includes(note) ? "only" : ""}>{note}</code>
      ))}
      <Bubble side="bot" pieces={bot} alone={others === undefined} />
    </div>
  );
}

interface BubbleProps {
  readonly side: "user" | "bot";
  readonly pieces: readonly Piece[];
  /** Whether the other call has no such turn: all of it is only here then, and none is marked. */
  readonly alone: boolean;
}

function Bubble({ side, pieces, alone }: BubbleProps): JSX.Element | null {
  if (pieces.length === 0) return null;
  return (
    <p className={`said ${side}`} dir="auto">
      <span className="hidden">{side === "user" ? "You: " : "Bot: "}</span>
      {pieces.map(({ text, only }, i) => only && !alone ? <Only key={i} text={text} /> : text)}
    </p>
  );
}

/** Words that only this call has; the space behind them is not marked. */
function Only({ text }: { readonly text: string }): JSX.Element {
  const words = text.trimEnd();
  return (
    <>
      <mark>{words}</mark>
      {text.slice(words.length)}
    </>
  );
}
