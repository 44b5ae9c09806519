import { type JSX, useEffect, useRef, useState } from "react";
import type { SavedTest } from "../../../src/testing/saved_test.ts";
import type { ScriptStep } from "../../../src/testing/script.ts";
import { Expectation } from "./expectation.tsx";
import { testFiles, testOfCall } from "../kept/test_of_call.ts";
import { save } from "../session/call_file.ts";
import type { CallRecord } from "../session/record.ts";

interface SaveTestProps {
  readonly record: CallRecord;
  readonly onClose: () => void;
}

/** Shows what a test of the call expects of the bot, to be changed before it is saved. */
export default function SaveTest({ record, onClose }: SaveTestProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [test, setTest] = useState<SavedTest>();
  const [problem, setProblem] = useState("");
  /** The steps that are not saved, by their places. */
  const [leftOut, setLeftOut] = useState<ReadonlySet<number>>(new Set());
  /** The steps that cannot be saved as they are. */
  const [wrong, setWrong] = useState<readonly number[]>([]);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    testOfCall(record).then((made) => {
      if (made && made.steps.length > 0) setTest(made);
      else setProblem("There is no recorded speech for a test to play.");
    }, () => setProblem("The sound of this call cannot be read."));
  }, [record]);

  function change(index: number, step: ScriptStep | undefined): void {
    if (!test) return;
    judge(index, true);
    if (!step) setLeftOut(new Set([...leftOut, index]));
    else setTest({ ...test, steps: test.steps.map((old, i) => i === index ? step : old) });
  }
  function judge(index: number, good: boolean): void {
    const others = wrong.filter((other) => other !== index);
    setWrong(good ? others : [...others, index]);
  }
  function saveAll(): void {
    if (!test) return;
    const steps = test.steps.filter((_, i) => !leftOut.has(i));
    for (const { blob, name } of testFiles({ ...test, steps })) save(blob, name);
    onClose();
  }

  return (
    <dialog ref={dialog} className="calls" aria-labelledby="save-test" onClose={onClose}>
      <div className="calls-head">
        <h2 id="save-test">Save the call as a test</h2>
        <button type="button" onClick={onClose}>Cancel</button>
      </div>
      <p className="what-is-in-it">
        The same caller phones your bot again, and says the same at the same moments. Put the files
        beside your bot: <code>deno test</code>, <code>node --test</code> and <code>bun test</code>
        {" "}
        run them. They contain the caller's voice.
      </p>
      <ul className="expectations">
        {test?.steps.map((step, i) =>
          leftOut.has(i) ? null : (
            <Expectation
              key={i}
              step={step}
              onChange={(next) => change(i, next)}
              onJudge={(good) => judge(i, good)}
            />
          )
        )}
      </ul>
      {problem ? <p className="problem" role="alert">{problem}</p> : null}
      <div className="calls-foot">
        <span>{test ? `${test.clips.size + 1} files` : null}</span>
        <button
          type="button"
          className="main"
          disabled={!test || wrong.length > 0}
          onClick={saveAll}
        >
          Save
        </button>
      </div>
    </dialog>
  );
}
