import { type JSX, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { CallFile } from "../../../src/recording/call_file.ts";
import { compared, counts, differenceOf, type Figure, sameWords } from "../compare/comparison.ts";
import { createTurnPlayer, type TurnPlayer, type Which } from "../compare/turn_player.ts";
import { clock } from "../session/clock.ts";
import type { CallRecord } from "../session/record.ts";
import "../styles/compare.css";
import { Later, Letter } from "./compare_marks.tsx";
import { ComparedTurn } from "./compare_turn.tsx";

interface CompareProps {
  /** The earlier one, and the other. */
  readonly calls: readonly [CallRecord, CallRecord];
  readonly onClose: () => void;
}

/** Two calls side by side, turn by turn: what was said, how fast, and what is different. */
export default function Compare({ calls, onClose }: CompareProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [one, other] = calls;
  const [changed, setChanged] = useState(false);
  const { pairs, answers, parts, verdict } = useMemo(
    () => compared(one.get(), other.get()),
    [one, other],
  );
  const player = usePlayer(one, other);
  useEffect(() => dialog.current?.showModal(), []);
  const [first] = pairs;
  const opens = (first?.one ?? first?.other)?.opening === true;
  const shown = pairs.map((pair, i) => ({ pair, number: opens ? i : i + 1 }))
    .filter(({ pair }) => !changed || !sameWords(pair) || counts(laterBy(pair)));
  return (
    <dialog
      ref={dialog}
      className="calls compare"
      aria-labelledby="compare"
      onClose={onClose}
      onClick={({ target }) => target === dialog.current && onClose()}
    >
      <div className="calls-head">
        <h2 id="compare">Two calls side by side</h2>
        <label className="check">
          <input
            type="checkbox"
            checked={changed}
            onChange={({ target }) => setChanged(target.checked)}
          />
          Only differences
        </label>
        <button type="button" onClick={() => dialog.current?.close()}>Close</button>
      </div>
      <div className="scroll" tabIndex={0}>
        <p className="verdict">{verdict}</p>
        <div className="sides">
          <Name which="one" record={one} />
          <Name which="other" record={other} />
        </div>
        <Figures answers={answers} parts={parts} />
        <ol className="exchanges">
          {player
            ? shown.map(({ pair, number }) => (
              <ComparedTurn key={number} pair={pair} number={number} player={player} />
            ))
            : null}
        </ol>
        {shown.length === 0
          ? (
            <p className="empty">
              {changed ? "There are no differences." : "Nobody said anything."}
            </p>
          )
          : null}
      </div>
    </dialog>
  );
}

/** How much later the bot answered in the other call. */
function laterBy({ one, other }: ReturnType<typeof compared>["pairs"][number]): number | undefined {
  return differenceOf({ one: one?.turn?.latencyMs, other: other?.turn?.latencyMs });
}

function usePlayer(one: CallRecord, other: CallRecord): TurnPlayer | undefined {
  const [player, setPlayer] = useState<TurnPlayer>();
  useEffect(() => {
    const made = createTurnPlayer({ one, other });
    setPlayer(made);
    return () => made.close();
  }, [one, other]);
  useSyncExternalStore(player?.subscribe ?? never, player?.get ?? nothing);
  return player;
}

const never = (): () => void => () => {};
const nothing = (): undefined => undefined;

interface FiguresProps {
  readonly answers: readonly Figure[];
  readonly parts: readonly Figure[];
}

/** How fast both answered, and what the time passed with. */
function Figures({ answers, parts }: FiguresProps): JSX.Element {
  return (
    <table className="both">
      <thead>
        <tr>
          <th scope="col">
            <span className="hidden">Figure</span>
          </th>
          <th scope="col">
            <Letter which="one" />
          </th>
          <th scope="col">
            <Letter which="other" />
          </th>
          <th scope="col">Difference</th>
        </tr>
      </thead>
      <tbody>
        {answers.map((figure) => <Row key={figure.name} figure={figure} title="Answer, " />)}
        {parts.map((figure) => <Row key={figure.name} figure={figure} title="" />)}
      </tbody>
    </table>
  );
}

function Row(
  { figure, title }: { readonly figure: Figure; readonly title: string },
): JSX.Element {
  const { name, one, other } = figure;
  return (
    <tr>
      <th scope="row">{title}{name}</th>
      <td>{one === undefined ? "–" : `${one} ms`}</td>
      <td>{other === undefined ? "–" : `${other} ms`}</td>
      <td>
        <Later ms={differenceOf(figure)} />
      </td>
    </tr>
  );
}

/** Which call it is, and how it ended. */
function Name(
  { which, record }: { readonly which: Which; readonly record: CallRecord },
): JSX.Element {
  const [file, setFile] = useState<CallFile>();
  useEffect(() => {
    record.file().then(setFile, () => {});
  }, [record]);
  const { startedAt, endedAt = 0, ending } = record.get();
  return (
    <p className="name">
      <Letter which={which} />
      <strong>
        {startedAt?.toLocaleString(undefined, {
          month: "short",
          day: "numeric",
          hour: "2-digit",
          minute: "2-digit",
          second: "2-digit",
        })}
      </strong>
      <small>
        {[file?.session.transport, clock(endedAt), ending?.sentence].filter(Boolean).join(" · ")}
      </small>
    </p>
  );
}
