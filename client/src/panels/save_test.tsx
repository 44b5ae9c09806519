import { type JSX, useEffect, useRef, useState } from "react";
import type { SavedTest } from "../../../src/testing/saved_test.ts";
import type { ScriptStep } from "../../../src/testing/script.ts";
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
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    testOfCall(record).then((made) => {
      if (made && made.steps.length > 0) setTest(made);
      else setProblem("Nothing was recorded that a test could say.");
    }, () => setProblem("The sound of this call cannot be read."));
  }, [record]);

  function change(index: number, step: ScriptStep | undefined): void {
    if (!test) return;
    const steps = test.steps.flatMap((old, i) => i !== index ? [old] : step ? [step] : []);
    setTest({ ...test, steps });
  }
  function saveAll(): void {
    if (!test) return;
    for (const { blob, name } of testFiles(test)) save(blob, name);
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
        run them. They hold the caller's voice.
      </p>
      <ul className="expectations">
        {test?.steps.map((step, i) => (
          <Expectation
            key={i}
            step={step}
            onChange={(next) => change(i, next)}
          />
        ))}
      </ul>
      {problem ? <p className="problem" role="alert">{problem}</p> : null}
      <div className="calls-foot">
        <span>{test ? `${test.clips.size + 1} files` : null}</span>
        <button type="button" className="main" disabled={!test} onClick={saveAll}>Save</button>
      </div>
    </dialog>
  );
}

interface ExpectationProps {
  readonly step: ScriptStep;
  /** Called with the step as it is now, or with nothing when it is left out. */
  readonly onChange: (step: ScriptStep | undefined) => void;
}

/** What one step expects, if anything. */
function Expectation({ step, onChange }: ExpectationProps): JSX.Element | null {
  if ("expect" in step) {
    const words = wordsOf(step.expect);
    return (
      <li>
        <span>{words}</span>
        <button
          type="button"
          aria-label={`Leave out: ${words}`}
          onClick={() => onChange(undefined)}
        >
          Leave out
        </button>
      </li>
    );
  }
  if ("say" in step) {
    const { stops_within_ms: stops, within_ms: answers } = step;
    const clip = step.say.replace(/^.*-(\d+)\.wav$/, "$1");
    return (
      <>
        <Limit
          words={`Interrupted by ${clip}, the bot stops within`}
          ms={stops}
          onChange={(stops_within_ms) => onChange({ ...step, stops_within_ms })}
        />
        <Limit
          words={`The bot answers ${clip} within`}
          ms={answers}
          onChange={(within_ms) => onChange({ ...step, within_ms })}
        />
      </>
    );
  }
  if (!("wait_for" in step) || step.wait_for !== "speech") return null;
  return (
    <Limit
      words="The bot speaks first, within"
      ms={step.within_ms}
      onChange={(within_ms) => onChange({ ...step, within_ms })}
    />
  );
}

interface LimitProps {
  readonly words: string;
  readonly ms: number | undefined;
  readonly onChange: (ms: number) => void;
}

/** A time that can be changed; nothing where there is none. */
function Limit({ words, ms, onChange }: LimitProps): JSX.Element | null {
  if (ms === undefined) return null;
  return (
    <li>
      <label>
        {words}{" "}
        <input
          type="number"
          min={0}
          step={50}
          value={ms}
          onChange={({ target }) => onChange(Math.max(0, target.valueAsNumber || 0))}
        />{" "}
        ms
      </label>
    </li>
  );
}

function wordsOf(
  { text_contains: text, function_call: used, hung_up_by }: Extract<
    ScriptStep,
    { readonly expect: unknown }
  >["expect"],
): string {
  return [
    text === undefined ? "" : `Somebody says “${text}”`,
    used ? `The bot uses ${used.name} ${used.args ? JSON.stringify(used.args) : ""}` : "",
    hung_up_by ? "The bot hangs up" : "",
  ].filter(Boolean).join(", ").trim();
}
